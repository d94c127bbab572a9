/* unpack of a squashfs: unsquashfs in a file system of its own, where it sees the archive, its libraries and the target, and can write to the target only. */
#include "run.h"

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

enum { MAX_WORDS = 20 };

/* One level more than is allowed. What is measured and what is unpacked end at the same depth, so nothing deeper escapes the limits. */
#define DEPTH "257"

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
  words[n++] = "-processors"; /* a thread for every processor of a large host would not fit into the memory allowed */
  words[n++] = "4";
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

static bool is_too_deep(const char *line)
{
  int slashes = 0;
  const char *name = strstr(line, "squashfs-root");
  for (const char *at = name == NULL ? "" : name; *at != '\0'; at++)
    slashes += *at == '/';
  return slashes > MAX_DEPTH;
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
  if (is_too_deep(line))
    fail("ARCHIVE_TOO_LARGE", NULL, "the archive is more than %d directories deep", MAX_DEPTH);
  if (++tally->entries > tally->request->max_entries)
    fail("ARCHIVE_TOO_MANY_ENTRIES", NULL, "the archive holds more than %" PRIu64 " entries", tally->request->max_entries);
  if (size > tally->request->max_bytes - tally->bytes)
    fail("ARCHIVE_TOO_LARGE", NULL, "the archive holds more than %" PRIu64 " bytes", tally->request->max_bytes);
  tally->bytes += size;
}

static void measure(struct tally *tally)
{
  pid_t pid;
  FILE *output = start(tally->request, (const char *const[]){"-lln", "-no-wildcards", "-max-depth", DEPTH, NULL}, &pid);
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
  FILE *output = start(tally->request, (const char *const[]){"-quiet", "-no-progress", "-no-wildcards", "-max-depth", DEPTH, "-force", "-dest", "/target", NULL}, &pid);
  while (getline(&line, &room, output) > 0)
    judge_line(tally, line);
  const int code = finish(output, pid);
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
  enter_squashfs_root();
  limit_resources(request->time_ms);
  keep_only_file_capabilities_over_exec();
  measure(&tally);
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
