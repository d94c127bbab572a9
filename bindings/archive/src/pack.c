/* pack: the tree at descriptor 4 as a tar with pax headers to descriptor 3, in the order of names, so that one tree gives one archive. */
#include "walk.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "pack.h"

enum { RECORD = 10240, BLOCK = 25 * RECORD };

struct packing {
  const struct request *request;
  struct archive *tar;
};

_Noreturn static void fail_write(struct archive *tar, const char *path)
{
  const char *message = archive_error_string(tar);
  if (archive_errno(tar) > 0) {
    errno = archive_errno(tar);
    fail_errno(path, "cannot write the archive");
  }
  fail("EIO", path, "cannot write the archive: %s", message == NULL ? "no reason known" : message);
}

struct part {
  struct archive *tar;
  struct archive_entry *entry;
  const char *path;
  int fd;
  off_t written;
};

static void write_part(struct part *part, const char *data, size_t size)
{
  while (size > 0) {
    const la_ssize_t taken = archive_write_data(part->tar, data, size);
    if (taken <= 0)
      fail_write(part->tar, part->path);
    part->written += taken;
    data += taken;
    size -= (size_t)taken;
  }
}

/* libarchive counts the bytes of holes and drops them: they are given to it, but never looked at. */
static void write_hole(struct part *part, off_t until)
{
  static char nothing[1 << 24]; /* not const: constants lie in the program's file, this takes no room anywhere */
  while (part->written < until)
    write_part(part, nothing, until - part->written < (off_t)sizeof nothing ? (size_t)(until - part->written) : sizeof nothing);
}

static void write_extent(void *data, off_t start, off_t end)
{
  static char buffer[1 << 18];
  struct part *part = data;
  write_hole(part, start);
  while (part->written < end) {
    const size_t wanted = end - part->written < (off_t)sizeof buffer ? (size_t)(end - part->written) : sizeof buffer;
    const ssize_t got = pread(part->fd, buffer, wanted, part->written);
    if (got < 0)
      fail_errno(part->path, "cannot read the file");
    if (got == 0) /* it became shorter: what the header promised is filled with zeros */
      return;
    write_part(part, buffer, (size_t)got);
  }
}

static void note_extent(void *data, off_t start, off_t end)
{
  struct part *part = data;
  archive_entry_sparse_add_entry(part->entry, start, end - start);
}

static void pack_file(const struct packing *packing, struct archive_entry *entry, const struct visit *visit)
{
  struct part part = {.tar = packing->tar, .entry = entry, .path = visit->path};
  struct stat stat;
  part.fd = open_visited(visit, &stat);
  const off_t size = stat.st_size;
  const bool is_sparse = (off_t)stat.st_blocks * 512 < size;
  archive_entry_set_size(entry, size);
  if (is_sparse) {
    for_extents(part.fd, size, visit->path, note_extent, &part);
    if (archive_entry_sparse_count(entry) == 0)
      archive_entry_sparse_add_entry(entry, size, 0);
  }
  if (archive_write_header(packing->tar, entry) < ARCHIVE_WARN)
    fail_write(packing->tar, visit->path);
  if (is_sparse)
    for_extents(part.fd, size, visit->path, write_extent, &part);
  else
    write_extent(&part, 0, size);
  if (is_sparse)
    write_hole(&part, size);
  close(part.fd);
}

static void pack_entry(void *data, const struct visit *visit)
{
  const struct packing *packing = data;
  if (S_ISSOCK(visit->stat.st_mode)) /* no tar can hold one */
    return;
  struct archive_entry *entry = archive_entry_new();
  if (entry == NULL || fchdir(visit->parent) != 0)
    fail_errno(visit->path, "cannot enter the directory");
  archive_entry_copy_pathname(entry, visit->depth == 0 ? "./" : visit->path);
  describe_entry(entry, visit, packing->request);
  const char *first = seen_before(&visit->stat, visit->path);
  if (first != NULL)
    archive_entry_copy_hardlink(entry, first);
  if (first == NULL && S_ISREG(visit->stat.st_mode))
    pack_file(packing, entry, visit);
  else if (archive_write_header(packing->tar, entry) < ARCHIVE_WARN)
    fail_write(packing->tar, visit->path);
  if (archive_write_finish_entry(packing->tar) < ARCHIVE_WARN)
    fail_write(packing->tar, visit->path);
  archive_entry_free(entry);
}

void pack(const struct request *request)
{
  struct packing packing = {request, archive_write_new()};
  disarm_directory(SECOND_FD, true);
  confine(SECOND_FD, 0);
  keep_file_capabilities();
  forbid_programs();
  if (packing.tar == NULL)
    fail_errno(NULL, "cannot start");
  archive_write_set_format_pax(packing.tar);
  archive_write_add_filter_none(packing.tar);
  archive_write_set_bytes_per_block(packing.tar, BLOCK);
  archive_write_set_bytes_in_last_block(packing.tar, RECORD);
  if (archive_write_open_fd(packing.tar, FIRST_FD) != ARCHIVE_OK)
    fail_write(packing.tar, NULL);
  const struct visitor visitor = {.data = &packing, .enter = pack_entry};
  walk(SECOND_FD, &visitor);
  if (archive_write_close(packing.tar) != ARCHIVE_OK)
    fail_write(packing.tar, NULL);
  report_done();
}
