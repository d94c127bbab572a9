/* inspect of a squashfs: unsquashfs lists it, and unpacks all of it into nothing. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "squashfs.h"

/* A damaged block is found by whoever decompresses it. */
static void read_all(struct tally *tally)
{
  pid_t pid;
  char *line = NULL;
  size_t room = 0;
  tally->complaint[0] = '\0';
  FILE *output = start_tool((const char *const[]){UNSQUASHFS, "-processors", "4", "-no-progress", "-strict-errors", "-pf", "/nothing", "/archive", NULL}, NULL, &pid);
  while (getline(&line, &room, output) > 0)
    keep_complaint(tally, line);
  free(line);
  if (finish_tool(output, pid) != 0)
    fail("ARCHIVE_CORRUPT", NULL, "the squashfs is damaged: %s", tally->complaint);
}

static void report_whole(const struct request *request, const struct top *top)
{
  pid_t pid;
  FILE *complaints;
  const uint64_t most = request->member_bytes;
  char *content = malloc(most + 1);
  if (content == NULL)
    fail_errno(top->name, "cannot keep the file");
  if (top->size > most)
    fail("ARCHIVE_TOO_LARGE", top->name, "the file is larger than %llu bytes", (unsigned long long)most);
  FILE *output = start_tool((const char *const[]){UNSQUASHFS, "-no-wildcards", "-strict-errors", "-cat", "/archive", top->name, NULL}, &complaints, &pid);
  const size_t size = fread(content, 1, most + 1, output);
  if (size > most)
    fail("ARCHIVE_TOO_LARGE", top->name, "the file is larger than %llu bytes", (unsigned long long)most);
  fclose(complaints);
  if (finish_tool(output, pid) != 0)
    fail("ARCHIVE_CORRUPT", top->name, "the file cannot be read");
  report_member(top->name, content, size);
  free(content);
}

void inspect_squashfs(const struct request *request)
{
  struct tally tally = {.request = request};
  struct stat archive;
  if (fstat(FIRST_FD, &archive) != 0)
    fail_errno(NULL, "cannot look at the archive");
  tally.top_count = wanted_tops(tally.tops, request);
  const struct point points[] = {
    {"archive", clone_mount(FIRST_FD, "", MOUNT_ATTR_RDONLY | INERT), false},
    {"nothing", clone_mount(AT_FDCWD, "/dev/null", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC), false},
  };
  enter_squashfs_root(UNSQUASHFS, points, 2);
  limit_resources(request->time_ms);
  keep_only_file_capabilities_over_exec();
  measure_squashfs(&tally, &(struct names){0});
  read_all(&tally);
  for (size_t i = 0; i < tally.top_count; i++) {
    if (tally.tops[i].type != NULL && tally.tops[i].is_head)
      fail("ARCHIVE_HOSTILE", tally.tops[i].name, "a squashfs cannot hold this file");
    if (tally.tops[i].type != NULL && tally.tops[i].is_whole)
      report_whole(request, &tally.tops[i]);
  }
  report_progress((uint64_t)archive.st_size);
  report_inspected(tally.entries, tally.bytes, tally.tops, tally.top_count);
}
