/* read-members: the named regular files of the archive at descriptor 3, each at most `bytes` long. Stops reading when it has them all. */
#include "run.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

char *read_content(struct archive *tar, struct archive_entry *entry, uint64_t most, bool may_be_longer, size_t *size)
{
  const char *name = archive_entry_pathname(entry);
  if (archive_entry_hardlink(entry) != NULL || !S_ISREG(archive_entry_mode(entry)))
    fail("ARCHIVE_HOSTILE", name, "expected a regular file under this name");
  const int64_t whole = archive_entry_size(entry);
  if (whole < 0 || (!may_be_longer && (uint64_t)whole > most))
    fail("ARCHIVE_TOO_LARGE", name, "the file is larger than %llu bytes", (unsigned long long)most);
  const size_t wanted = (uint64_t)whole < most ? (size_t)whole : (size_t)most;
  char *content = malloc(wanted + 1);
  if (content == NULL)
    fail_errno(name, "cannot keep the file");
  const la_ssize_t got = archive_read_data(tar, content, wanted);
  if (got != (la_ssize_t)wanted)
    fail_tar(tar, name);
  *size = wanted;
  return content;
}

/* The wanted name that the entry's name means, once. */
static const char *take_wanted(const struct request *request, bool *found, const char *raw, char cleaned[PATH_MAX])
{
  for (size_t i = 0; i < request->names.count; i++) {
    if (found[i])
      continue;
    char wanted[PATH_MAX];
    clean_name(wanted, request->names.items[i], request->names.items[i]);
    clean_name(cleaned, raw, raw);
    if (strcmp(wanted, cleaned) == 0) {
      found[i] = true;
      return request->names.items[i];
    }
  }
  return NULL;
}

void read_members(const struct request *request)
{
  char cleaned[PATH_MAX];
  size_t missing = request->names.count;
  bool *found = calloc(missing + 1, sizeof *found);
  const int empty = open("/proc/self/fdinfo", O_PATH | O_DIRECTORY);
  if (found == NULL || empty < 0)
    fail_errno(NULL, "cannot start");

  start_deadline(request->time_ms);
  confine(empty, request->time_ms);
  struct archive *tar = open_tar(FIRST_FD);
  give_up_everything();

  for (struct archive_entry *entry; missing > 0 && (entry = next_entry(tar)) != NULL;) {
    const char *name = take_wanted(request, found, archive_entry_pathname(entry), cleaned);
    if (name == NULL)
      continue;
    size_t size;
    char *content = read_content(tar, entry, request->max_bytes, false, &size);
    report_member(name, content, size);
    free(content);
    missing--;
  }
  if (missing > 0)
    finish_tar(tar);
  report_done();
}
