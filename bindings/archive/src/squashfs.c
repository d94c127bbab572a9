/* unpack of a squashfs: unsquashfs in a file system of its own, where it sees the archive, its libraries and the target, and can write to the target only. */
#include "archive.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "squashfs.h"

enum { MAX_SKIPPED = 20, MAX_WORDS = 16 };

struct tally {
  const struct request *request;
  uint64_t entries, bytes;
  struct names skipped;
  char complaint[512];
};

/* `unsquashfs` with its output (both streams) in a pipe. */
static FILE *start(const struct request *request, const char *const *options, pid_t *pid)
{
  const char **words = calloc(request->names.count + MAX_WORDS, sizeof *words);
  size_t n = 0;
  int ends[2];
  if (words == NULL || pipe2(ends, O_CLOEXEC) != 0)
    fail_errno(NULL, "cannot start unsquashfs");
  words[n++] = "unsquashfs";
  for (; *options != NULL; options++)
    words[n++] = *options;
  words[n++] = "/archive";
  for (size_t i = 0; i < request->names.count; i++)
    words[n++] = request->names.items[i];

  *pid = fork();
  if (*pid < 0)
    fail_errno(NULL, "cannot start unsquashfs");
  if (*pid == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (dup2(ends[1], STDOUT_FILENO) >= 0 && dup2(ends[1], STDERR_FILENO) >= 0)
      execve(UNSQUASHFS, (char *const *)words, (char *const[]){"LC_ALL=C.UTF-8", NULL});
    _exit(127);
  }
  close(ends[1]);
  free(words);
  FILE *output = fdopen(ends[0], "r");
  if (output == NULL)
    fail_errno(NULL, "cannot read what unsquashfs says");
  return output;
}

static int finish(FILE *output, pid_t pid)
{
  int status;
  fclose(output);
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
    ;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void keep_complaint(struct tally *tally, const char *line)
{
  if (tally->complaint[0] == '\0' && *line != '\n')
    snprintf(tally->complaint, sizeof tally->complaint, "%.*s", (int)strcspn(line, "\n"), line);
}

/* `-rw-r--r-- 0/0   123 2024-01-01 00:00 squashfs-root/name`. A name with line breaks can only make the sum larger. */
static void count_line(struct tally *tally, const char *line)
{
  uint64_t size = 0;
  if (strchr("-dlcbps", *line) == NULL || strlen(line) < 10 || line[10] != ' ') {
    keep_complaint(tally, line);
    return;
  }
  if (*line == '-' && sscanf(line + 10, " %*u/%*u %" SCNu64, &size) != 1)
    size = 0;
  if (++tally->entries > tally->request->max_entries)
    fail("ARCHIVE_TOO_MANY_ENTRIES", NULL, "the archive holds more than %" PRIu64 " entries", tally->request->max_entries);
  if (size > tally->request->max_bytes - tally->bytes)
    fail("ARCHIVE_TOO_LARGE", NULL, "the archive holds more than %" PRIu64 " bytes", tally->request->max_bytes);
  tally->bytes += size;
}

static void measure(struct tally *tally)
{
  pid_t pid;
  FILE *output = start(tally->request, (const char *const[]){"-lln", "-no-wildcards", "-max-depth", "256", NULL}, &pid);
  char *line = NULL;
  size_t room = 0;
  while (getline(&line, &room, output) > 0)
    count_line(tally, line);
  if (finish(output, pid) != 0)
    fail("ARCHIVE_CORRUPT", NULL, "the squashfs is damaged: %s", tally->complaint);
}

static void keep_skipped(struct tally *tally, const char *line)
{
  const char *name = strstr(line, "/target/"), *end = strstr(line, ", because ");
  struct names *skipped = &tally->skipped;
  if (name == NULL || end == NULL || skipped->count >= MAX_SKIPPED)
    return;
  name += strlen("/target/");
  skipped->items[skipped->count++] = strndup(name, end > name ? (size_t)(end - name) : 0);
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
  FILE *output = start(tally->request, (const char *const[]){"-quiet", "-no-progress", "-no-wildcards", "-force", "-dest", "/target", NULL}, &pid);
  while (getline(&line, &room, output) > 0)
    judge_line(tally, line);
  const int code = finish(output, pid);
  if (strstr(tally->complaint, strerror(ENOSPC)) != NULL)
    fail("ENOSPC", NULL, "no space left for the squashfs: %s", tally->complaint);
  if (code > 2 || code == 1 || (code == 2 && tally->complaint[0] != '\0'))
    fail("ARCHIVE_CORRUPT", NULL, "the squashfs cannot be unpacked: %s", tally->complaint);
}

void unpack_squashfs(const struct request *request)
{
  struct tally tally = {.request = request, .skipped = {.items = calloc(MAX_SKIPPED, sizeof(char *))}};
  struct stat archive;
  if (tally.skipped.items == NULL || fstat(FIRST_FD, &archive) != 0)
    fail_errno(NULL, "cannot look at the archive");
  /* Owners are shifted after the unpacking, everywhere below the target: nothing else may be there. */
  if (request->to.count > 0 && !is_empty_directory(SECOND_FD))
    fail("ARCHIVE_TARGET_NOT_EMPTY", NULL, "a squashfs with shifted owners needs an empty directory");
  enter_squashfs_root();
  limit_resources(request->time_ms);
  keep_only_file_capabilities_over_exec();
  measure(&tally);
  extract(&tally);
  report_progress((uint64_t)archive.st_size);
  if (request->to.count > 0)
    shift_below(SECOND_FD, request);
  report_unpacked(tally.entries, tally.bytes, &tally.skipped);
}
