/* unpack of a squashfs: unsquashfs in a file system of its own, where it sees the archive, its libraries and the target, and can write to the target only. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "squashfs.h"

enum { MAX_WORDS = 20 };

static FILE *start_unsquashfs(const struct request *request, pid_t *pid)
{
  const char **words = calloc(request->names.count + MAX_WORDS, sizeof *words);
  size_t n = 0;
  if (words == NULL)
    fail_errno(NULL, "cannot start unsquashfs");
  /* A thread for every processor of a large host would not fit into the memory allowed. */
  const char *const own[] = {UNSQUASHFS, "-processors", "4", "-quiet", "-no-progress", "-no-wildcards", "-max-depth", SQUASHFS_DEPTH, "-force", "-dest", "/target", "/archive"};
  for (size_t i = 0; i < sizeof own / sizeof *own; i++)
    words[n++] = own[i];
  for (size_t i = 0; i < request->names.count; i++)
    words[n++] = request->names.items[i];
  FILE *output = start_tool(words, NULL, pid);
  free(words);
  return output;
}

static void keep_skipped(struct tally *tally, const char *line)
{
  const char *name = strstr(line, "/target/"), *end = strstr(line, ", because ");
  char kept[PATH_MAX];
  if (name == NULL || end == NULL)
    return;
  name += strlen("/target/");
  snprintf(kept, sizeof kept, "%.*s", end > name ? (int)(end - name) : 0, name);
  note_skipped(&tally->skipped, kept);
}

static void judge_line(struct tally *tally, const char *line)
{
  const bool is_device = strstr(line, "failed to create character device") != NULL || strstr(line, "failed to create block device") != NULL;
  if (is_device && strstr(line, "Operation not permitted") != NULL)
    keep_skipped(tally, line);
  else if (strstr(line, "write_xattr: ") != NULL && strstr(line, "Operation not permitted") != NULL)
    return; /* trusted.* and the like, which no archive may bring */
  else
    keep_complaint(tally, line);
}

static void extract(struct tally *tally)
{
  pid_t pid;
  char *line = NULL;
  size_t room = 0;
  tally->complaint[0] = '\0';
  FILE *output = start_unsquashfs(tally->request, &pid);
  while (getline(&line, &room, output) > 0)
    judge_line(tally, line);
  const int code = finish_tool(output, pid);
  if (strstr(tally->complaint, strerror(ENOSPC)) != NULL)
    fail("ENOSPC", NULL, "no space left for the squashfs: %s", tally->complaint);
  if (code > 2 || code == 1 || (code == 2 && tally->complaint[0] != '\0'))
    fail("ARCHIVE_CORRUPT", NULL, "the squashfs cannot be unpacked: %s", tally->complaint);
}

/* unsquashfs gives the target what the archive's root has. */
static void restore_root(const struct stat *root)
{
  if (fchown(SECOND_FD, root->st_uid, root->st_gid) != 0 || fchmod(SECOND_FD, root->st_mode & 07777) != 0)
    fail_errno(NULL, "cannot give the target its owner and mode back");
}

void unpack_squashfs(const struct request *request)
{
  struct tally tally = {.request = request};
  struct stat archive, root;
  if (fstat(FIRST_FD, &archive) != 0 || fstat(SECOND_FD, &root) != 0)
    fail_errno(NULL, "cannot look at the archive");
  /* Owners are shifted and nodes removed after the unpacking, everywhere below the target: nothing else may be there. */
  if ((request->to.count > 0 || request->harmless_only) && !is_empty_directory(SECOND_FD))
    fail("ARCHIVE_TARGET_NOT_EMPTY", NULL, "a squashfs needs an empty directory when owners are shifted or devices left out");
  const struct point points[] = {
    {"archive", clone_mount(FIRST_FD, "", MOUNT_ATTR_RDONLY | INERT), false},
    {"target", clone_mount(SECOND_FD, "", INERT | MOUNT_ATTR_NOSYMFOLLOW), true},
  };
  enter_squashfs_root(UNSQUASHFS, points, 2);
  limit_resources(request->time_ms);
  keep_only_file_capabilities_over_exec();
  measure_squashfs(&tally, &request->names);
  extract(&tally);
  report_progress((uint64_t)archive.st_size);
  if (request->harmless_only)
    remove_harmful_devices(SECOND_FD, &tally.skipped);
  if (request->to.count > 0)
    shift_below(SECOND_FD, request);
  if (request->keeps_root)
    restore_root(&root);
  report_unpacked(tally.entries, tally.bytes, &tally.skipped);
}
