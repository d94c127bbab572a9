/* Compresses what is packed in a process of its own, in parallel with whoever packs. */
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pack.h"
#include "squashfs.h"

enum { BLOCK = 256 * 1024, PIPE_ROOM = 1024 * 1024 };

#define SQFSTAR "/usr/bin/sqfstar"

/* Shared with the compressor: why it failed. */
struct trouble {
  int error;
  char message[256];
};

struct compressor {
  pid_t pid;
  struct trouble *trouble;
};

struct filter {
  const char *name;
  int (*add)(struct archive *);
};

static const struct filter filters[] = {
  {"gzip", archive_write_add_filter_gzip}, {"bzip2", archive_write_add_filter_bzip2}, {"xz", archive_write_add_filter_xz},
  {"lzma", archive_write_add_filter_lzma}, {"zstd", archive_write_add_filter_zstd},
};

_Noreturn static void give_up(struct archive *out, struct trouble *trouble)
{
  const char *message = archive_error_string(out);
  trouble->error = archive_errno(out);
  snprintf(trouble->message, sizeof trouble->message, "%s", message == NULL ? "cannot be compressed" : message);
  _exit(1);
}

static void open_filter(struct archive *out, const struct compression *how, int fd, struct trouble *trouble)
{
  const struct filter *filter = NULL;
  for (size_t i = 0; i < sizeof filters / sizeof *filters; i++)
    if (strcmp(filters[i].name, how->algorithm) == 0)
      filter = &filters[i];
  if (filter == NULL || archive_write_set_format_raw(out) != ARCHIVE_OK || filter->add(out) != ARCHIVE_OK)
    give_up(out, trouble);
  if (how->level != NULL && archive_write_set_filter_option(out, how->algorithm, "compression-level", how->level) != ARCHIVE_OK)
    give_up(out, trouble);
  if (strcmp(how->algorithm, "gzip") == 0) /* the same content gives the same file */
    archive_write_set_filter_option(out, "gzip", "timestamp", NULL);
  archive_write_set_bytes_per_block(out, BLOCK);
  archive_write_set_bytes_in_last_block(out, 1);
  if (archive_write_open_fd(out, fd) != ARCHIVE_OK)
    give_up(out, trouble);
}

_Noreturn static void compress_stream(const struct compression *how, int in, int fd, struct trouble *trouble)
{
  static char block[BLOCK];
  struct archive *out = archive_write_new();
  struct archive_entry *entry = archive_entry_new();
  ssize_t size;
  if (out == NULL || entry == NULL)
    _exit(1);
  open_filter(out, how, fd, trouble);
  archive_entry_set_pathname(entry, "tar");
  archive_entry_set_filetype(entry, AE_IFREG);
  if (archive_write_header(out, entry) != ARCHIVE_OK)
    give_up(out, trouble);
  while ((size = read(in, block, BLOCK)) > 0 || (size < 0 && errno == EINTR))
    if (size > 0 && archive_write_data(out, block, (size_t)size) != size)
      give_up(out, trouble);
  if (size < 0 || archive_write_close(out) != ARCHIVE_OK)
    give_up(out, trouble);
  _exit(0);
}

_Noreturn static void make_squashfs(int in, int out_mount)
{
  const struct point points[] = {{"out", out_mount, false}};
  if (dup2(in, STDIN_FILENO) < 0 || dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
    _exit(1);
  enter_squashfs_root(SQFSTAR, points, 1);
  limit_resources(0);
  keep_only_file_capabilities_over_exec();
  execve(SQFSTAR, (char *const[]){"sqfstar", "-quiet", "-no-progress", "-force", "-exit-on-error", "-mem", "256M", "-processors", "2", "/out", NULL}, (char *const[]){"LC_ALL=C.UTF-8", NULL});
  _exit(127);
}

static struct compressor begin(int ends[2])
{
  struct compressor made;
  made.trouble = mmap(NULL, sizeof *made.trouble, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (made.trouble == MAP_FAILED || pipe2(ends, O_CLOEXEC) != 0)
    fail_errno(NULL, "cannot start the compressor");
  fcntl(ends[1], F_SETPIPE_SZ, PIPE_ROOM); /* only speed: the limit for pipes may refuse it */
  signal(SIGPIPE, SIG_IGN);
  const pid_t parent = getpid();
  made.pid = fork();
  if (made.pid < 0)
    fail_errno(NULL, "cannot start the compressor");
  if (made.pid == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
      _exit(1);
  }
  return made;
}

static struct compressor running;

bool is_squashed(const struct compression *how)
{
  return how->algorithm != NULL && strcmp(how->algorithm, "squashfs") == 0;
}

int start_squashing(void)
{
  int ends[2];
  const int out = clone_mount(FIRST_FD, "", INERT);
  running = begin(ends);
  if (running.pid == 0)
    make_squashfs(ends[0], out);
  close(out);
  close(ends[0]);
  return ends[1];
}

int start_compressor(const struct compression *how)
{
  int ends[2];
  running = begin(ends);
  if (running.pid == 0) {
    /* The tree is not within reach, nor what is answered. */
    if (close(STDOUT_FILENO) != 0 || dup2(ends[0], SECOND_FD) < 0 || close_range(SECOND_FD + 1, ~0U, 0) != 0)
      _exit(1);
    give_up_all_but_writing();
    compress_stream(how, SECOND_FD, FIRST_FD, running.trouble);
  }
  close(ends[0]);
  return ends[1];
}

void finish_compressor(void)
{
  int status;
  if (running.pid == 0)
    return;
  while (waitpid(running.pid, &status, 0) < 0 && errno == EINTR)
    ;
  running.pid = 0;
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
    return;
  errno = running.trouble->error;
  running.trouble->message[sizeof running.trouble->message - 1] = '\0';
  if (errno > 0)
    fail_errno(NULL, "cannot write the compressed archive");
  fail("ARCHIVE_NOT_COMPRESSED", NULL, "the compressor failed: %s", running.trouble->message[0] == '\0' ? "it ended before its time" : running.trouble->message);
}
