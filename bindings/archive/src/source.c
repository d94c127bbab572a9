/* Opens a tar for reading. A compressed one is decompressed by a process of its own, in parallel with whoever reads, and that process can do nothing else. */
#include "run.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { BLOCK = 256 * 1024, PIPE_ROOM = 1024 * 1024, MAGIC_AT = 257, MAX_PADDING = 64 * 1024 * 1024 };

struct source {
  int archive;           /* its offset is shared with the decompressor: it tells the progress */
  int in;
  pid_t decompressor;    /* 0: plain */
  char *trouble;         /* shared with the decompressor: why it failed */
  int64_t delivered;
  char block[BLOCK];
};

bool is_squashfs(int fd)
{
  char magic[4];
  return pread(fd, magic, sizeof magic, 0) == sizeof magic && memcmp(magic, "hsqs", sizeof magic) == 0;
}

static bool is_plain_tar(int fd)
{
  char magic[5];
  return pread(fd, magic, sizeof magic, MAGIC_AT) == sizeof magic && memcmp(magic, "ustar", sizeof magic) == 0;
}

static void support_filters(struct archive *raw)
{
  archive_read_support_filter_bzip2(raw);
  archive_read_support_filter_xz(raw);
  archive_read_support_filter_lzma(raw);
  archive_read_support_filter_zstd(raw);
  archive_read_support_format_raw(raw);
}

_Noreturn static void decompress_gzip(int in, int out, char *trouble)
{
  const char *message = gunzip(in, out);
  if (message != NULL)
    snprintf(trouble, 256, "%s", message);
  _exit(message == NULL ? 0 : 1);
}

_Noreturn static void decompress(int in, int out, char *trouble)
{
  struct archive *raw = archive_read_new();
  struct archive_entry *entry;
  const void *data;
  size_t size;
  la_int64_t offset;
  support_filters(raw);
  int status = archive_read_open_fd(raw, in, BLOCK);
  if (status == ARCHIVE_OK)
    status = archive_read_next_header(raw, &entry);
  while (status >= ARCHIVE_WARN && (status = archive_read_data_block(raw, &data, &size, &offset)) >= ARCHIVE_WARN && status != ARCHIVE_EOF)
    write_all(out, data, size);
  if (status < ARCHIVE_WARN) {
    const char *message = archive_error_string(raw);
    snprintf(trouble, 256, "%s", message == NULL ? "cannot be decompressed" : message);
  }
  _exit(status < ARCHIVE_WARN ? 1 : 0);
}

static void start_decompressor(struct source *source)
{
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0)
    fail_errno(NULL, "cannot make a pipe");
  fcntl(ends[0], F_SETPIPE_SZ, PIPE_ROOM); /* only speed: the limit for pipes may refuse it */
  source->trouble = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (source->trouble == MAP_FAILED)
    fail_errno(NULL, "cannot map memory");
  const pid_t parent = getpid();
  source->decompressor = fork();
  if (source->decompressor < 0)
    fail_errno(NULL, "cannot start the decompressor");
  if (source->decompressor == 0) {
    /* Not even the target stays within reach, nor what is answered. */
    if (close(STDOUT_FILENO) != 0 || dup3(ends[1], SECOND_FD, O_CLOEXEC) < 0 || close_range(SECOND_FD + 1, ~0U, 0) != 0)
      _exit(1);
    give_up_everything();
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
      _exit(1);
    if (is_gzip(source->archive))
      decompress_gzip(source->archive, SECOND_FD, source->trouble);
    decompress(source->archive, SECOND_FD, source->trouble);
  }
  close(ends[1]);
  source->in = ends[0];
}

static la_ssize_t read_block(struct archive *tar, void *data, const void **block)
{
  struct source *source = data;
  ssize_t size;
  do
    size = read(source->in, source->block, BLOCK);
  while (size < 0 && errno == EINTR);
  if (size < 0)
    archive_set_error(tar, errno, "cannot be read: %s", strerror(errno));
  else
    source->delivered += size;
  const off_t done = lseek(source->archive, 0, SEEK_CUR);
  if (done > 0)
    report_progress((uint64_t)done);
  *block = source->block;
  return size;
}

static la_int64_t skip_block(struct archive *tar, void *data, la_int64_t size)
{
  (void)tar;
  struct source *source = data;
  if (source->decompressor != 0 || size < BLOCK || lseek(source->in, size, SEEK_CUR) < 0)
    return 0;
  source->delivered += size;
  return size;
}

static struct source *the_source;

struct archive *open_tar(int fd)
{
  struct source *source = calloc(1, sizeof *source);
  struct archive *tar = archive_read_new();
  if (source == NULL || tar == NULL)
    fail_errno(NULL, "cannot open the archive");
  the_source = source;
  source->archive = source->in = fd;
  posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
  if (!is_plain_tar(fd))
    start_decompressor(source);
  archive_read_support_format_tar(tar);
  archive_read_set_read_callback(tar, read_block);
  archive_read_set_skip_callback(tar, skip_block);
  archive_read_set_callback_data(tar, source);
  if (archive_read_open1(tar) != ARCHIVE_OK)
    fail_tar(tar, NULL);
  return tar;
}

/* Why the decompressor ended, once it did: its word explains a tar that seems cut off. */
static void await_decompressor(struct source *source)
{
  int status;
  if (source->decompressor == 0)
    return;
  while (waitpid(source->decompressor, &status, 0) < 0 && errno == EINTR)
    ;
  source->decompressor = 0;
  source->trouble[255] = '\0';
  if (source->trouble[0] != '\0')
    fail("ARCHIVE_CORRUPT", NULL, "the compressed archive is damaged: %s", source->trouble);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    fail("ARCHIVE_CORRUPT", NULL, "the decompressor ended before its time");
}

/* Reads on until the decompressor has ended, because only then its word counts. False when there is more than any tar ends with: it was stopped. */
static bool drain(struct source *source)
{
  ssize_t size = 0;
  int64_t drained = 0;
  if (source->decompressor == 0)
    return true;
  while ((size = read(source->in, source->block, BLOCK)) > 0 || (size < 0 && errno == EINTR)) {
    drained += size > 0 ? size : 0;
    if (drained <= MAX_PADDING)
      continue;
    close(source->in); /* it ends by SIGPIPE */
    return false;
  }
  return true;
}

void fail_tar(struct archive *tar, const char *entry)
{
  const char *message = archive_error_string(tar);
  char kept[512];
  snprintf(kept, sizeof kept, "%s", message == NULL ? "no reason known" : message);
  if (archive_errno(tar) == ENOMEM)
    fail("ENOMEM", entry, "not enough memory for the archive");
  if (drain(the_source))
    await_decompressor(the_source);
  fail("ARCHIVE_CORRUPT", entry, "the archive is damaged or no tar: %s", kept);
}

struct archive_entry *next_entry(struct archive *tar)
{
  struct archive_entry *entry;
  const int status = archive_read_next_header(tar, &entry);
  if (status == ARCHIVE_EOF)
    return NULL;
  if (status < ARCHIVE_WARN)
    fail_tar(tar, NULL);
  if (archive_entry_pathname(entry) == NULL)
    fail("ARCHIVE_CORRUPT", NULL, "an entry has no name");
  return entry;
}

void finish_tar(struct archive *tar)
{
  struct source *source = the_source;
  /* A tar ends with blocks of zeros. libarchive takes a stream that just stops between two entries for the end. */
  const bool cut_off = archive_read_header_position(tar) >= source->delivered;
  if (!drain(source))
    fail("ARCHIVE_CORRUPT", NULL, "the archive goes on for long after its end mark");
  await_decompressor(source);
  if (cut_off)
    fail("ARCHIVE_CORRUPT", NULL, "the archive ends without its end mark: it is cut off");
}
