/* inspect: the archive at descriptor 3 is read to its end and nothing of it is written: whether it is sound, what lies at its top, and what a few files hold. */
#include "run.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { HEAD = 64 * 1024 };

struct inspection {
  const struct request *request;
  struct archive *tar;
  struct top tops[MAX_TOPS];
  size_t count;
  uint64_t entries, bytes;
};

static const char *type_of(struct archive_entry *entry)
{
  if (archive_entry_hardlink(entry) != NULL)
    return "link";
  switch (archive_entry_mode(entry) & S_IFMT) {
  case S_IFREG: return "file";
  case S_IFDIR: return "directory";
  default: return "other";
  }
}

/* Of a sparse file, what is not hole. */
static int64_t data_bytes(struct archive_entry *entry)
{
  la_int64_t offset, length, sum = 0;
  if (archive_entry_sparse_reset(entry) == 0)
    return archive_entry_size(entry);
  while (archive_entry_sparse_next(entry, &offset, &length) == ARCHIVE_OK)
    if (length < 0 || __builtin_add_overflow(sum, length, &sum))
      return -1;
  return sum;
}

static void count(struct inspection *inspection, struct archive_entry *entry, const char *name)
{
  const struct request *request = inspection->request;
  if (++inspection->entries > request->max_entries)
    fail("ARCHIVE_TOO_MANY_ENTRIES", name, "the archive holds more than %" PRIu64 " entries", request->max_entries);
  if (archive_entry_hardlink(entry) != NULL || !S_ISREG(archive_entry_mode(entry)))
    return;
  const int64_t size = data_bytes(entry);
  if (size < 0)
    fail("ARCHIVE_CORRUPT", name, "the file has no valid size");
  if ((uint64_t)size > request->max_bytes - inspection->bytes)
    fail("ARCHIVE_TOO_LARGE", name, "the archive holds more than %" PRIu64 " bytes", request->max_bytes);
  inspection->bytes += (uint64_t)size;
}

static void look(struct inspection *inspection, struct archive_entry *entry, const char *name)
{
  struct top *top = top_of(inspection->tops, inspection->count, name);
  if (top == NULL)
    return;
  if (strchr(name, '/') != NULL) { /* directories need not be mentioned before what is in them */
    note_top(top, "directory", 0);
    return;
  }
  note_top(top, type_of(entry), (uint64_t)archive_entry_size(entry));
  if (!top->is_whole && !top->is_head)
    return;
  size_t size;
  char *content = read_content(inspection->tar, entry, top->is_whole ? inspection->request->member_bytes : HEAD, top->is_head, &size);
  report_member(top->name, content, size);
  free(content);
}

static void inspect_tar(const struct request *request)
{
  struct inspection inspection = {.request = request, .count = 0};
  char name[PATH_MAX];
  const int empty = open("/proc/self/fdinfo", O_PATH | O_DIRECTORY);
  if (empty < 0)
    fail_errno(NULL, "cannot start");
  inspection.count = wanted_tops(inspection.tops, request);
  confine(empty, request->time_ms);
  inspection.tar = open_tar(FIRST_FD);
  give_up_everything();
  for (struct archive_entry *entry; (entry = next_entry(inspection.tar)) != NULL;) {
    const char *raw = archive_entry_pathname(entry);
    clean_name(name, raw, raw);
    look(&inspection, entry, name);
    count(&inspection, entry, name);
  }
  finish_tar(inspection.tar);
  report_inspected(inspection.entries, inspection.bytes, inspection.tops, inspection.count);
}

void inspect(const struct request *request)
{
  start_deadline(request->time_ms);
  if (is_squashfs(FIRST_FD))
    inspect_squashfs(request);
  else
    inspect_tar(request);
}
