/* Runs a tool of squashfs-tools in the root that was entered for it, and counts what an archive holds. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "squashfs.h"

enum { OWN_WORDS = 12 };

_Noreturn static void become_tool(const char *const *words, int output, int complaints)
{
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (dup2(output, STDOUT_FILENO) >= 0 && dup2(complaints, STDERR_FILENO) >= 0)
    execve(words[0], (char *const *)words, (char *const[]){"LC_ALL=C.UTF-8", NULL});
  _exit(127);
}

static FILE *reader(int fd)
{
  FILE *output = fdopen(fd, "r");
  if (output == NULL)
    fail_errno(NULL, "cannot read what the tool says");
  return output;
}

FILE *start_tool(const char *const *words, FILE **complaints, pid_t *pid)
{
  int ends[2], others[2] = {-1, -1};
  if (pipe2(ends, O_CLOEXEC) != 0 || (complaints != NULL && pipe2(others, O_CLOEXEC) != 0))
    fail_errno(NULL, "cannot start the tool");
  *pid = fork();
  if (*pid < 0)
    fail_errno(NULL, "cannot start the tool");
  if (*pid == 0)
    become_tool(words, ends[1], complaints == NULL ? ends[1] : others[1]);
  close(ends[1]);
  if (complaints != NULL) {
    close(others[1]);
    *complaints = reader(others[0]);
  }
  return reader(ends[0]);
}

int finish_tool(FILE *output, pid_t pid)
{
  int status;
  fclose(output);
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
    ;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void keep_complaint(struct tally *tally, const char *line)
{
  if (tally->complaint[0] == '\0' && *line != '\n')
    snprintf(tally->complaint, sizeof tally->complaint, "%.*s", (int)strcspn(line, "\n"), line);
}

static const char *name_in(const char *line)
{
  const char *name = strstr(line, "squashfs-root");
  return name == NULL ? "" : name + strlen("squashfs-root");
}

static bool is_too_deep(const char *line)
{
  int slashes = 0;
  for (const char *at = name_in(line); *at != '\0'; at++)
    slashes += *at == '/';
  return slashes > MAX_DEPTH;
}

/* What a listing says of a name at the top. One with line breaks could say so of another: all that is read is read from the archive again. */
static void look(struct tally *tally, char kind, uint64_t size, const char *path)
{
  char name[NAME_MAX + 1];
  if (*path != '/')
    return;
  path++;
  const size_t length = strcspn(path, "/\n");
  if (length == 0 || length > NAME_MAX)
    return;
  memcpy(name, path, length);
  name[length] = '\0';
  struct top *top = top_of(tally->tops, tally->top_count, name);
  if (top == NULL)
    return;
  const bool is_inside = path[length] == '/';
  note_top(top, is_inside || kind == 'd' ? "directory" : kind == '-' ? "file" : "other", size);
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
  look(tally, *line, size, name_in(line));
}

void measure_squashfs(struct tally *tally, const struct names *names)
{
  pid_t pid;
  const char **words = calloc(names->count + OWN_WORDS, sizeof *words);
  char *line = NULL;
  size_t n = 0, room = 0;
  if (words == NULL)
    fail_errno(NULL, "cannot start unsquashfs");
  const char *const own[] = {UNSQUASHFS, "-lln", "-no-wildcards", "-max-depth", SQUASHFS_DEPTH, "/archive"};
  for (size_t i = 0; i < sizeof own / sizeof *own; i++)
    words[n++] = own[i];
  for (size_t i = 0; i < names->count; i++)
    words[n++] = names->items[i];
  FILE *output = start_tool(words, NULL, &pid);
  while (getline(&line, &room, output) > 0)
    count_line(tally, line);
  free(line);
  free(words);
  if (finish_tool(output, pid) != 0)
    fail("ARCHIVE_CORRUPT", NULL, "the squashfs is damaged: %s", tally->complaint);
}
