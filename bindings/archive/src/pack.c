/* pack: the tree at descriptor 4 as a tar with pax headers to descriptor 3, in the order of names, so that one tree gives one archive. */
#include "walk.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "pack.h"

enum { RECORD = 10240, BLOCK = 25 * RECORD, LONGEST_LINK = 100 };

struct packing {
  const struct request *request;
  struct archive *tar;
};

static int output;

_Noreturn static void fail_write(struct archive *tar, const char *path)
{
  const char *message = archive_error_string(tar);
  if (archive_errno(tar) == EPIPE) { /* the compressor knows why */
    close(output);
    finish_compressor();
  }
  if (archive_errno(tar) > 0) {
    errno = archive_errno(tar);
    fail_errno(path, "cannot write the archive");
  }
  fail("EIO", path, "cannot write the archive: %s", message == NULL ? "no reason known" : message);
}

static uint64_t packed_bytes;

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
    packed_bytes += (uint64_t)got;
    report_progress(packed_bytes);
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
  /* sqfstar finds holes by itself, and stumbles over the maps of large ones in a pipe. */
  if (is_sparse && !is_squashed(&packing->request->compression)) {
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

/* sqfstar takes leading slashes and dots from the target of a link in a pax header. GNU's way of writing long ones it reads as they are. */
static void pack_long_link(struct archive_entry *entry, const char *path)
{
  static char written[4 * PATH_MAX];
  size_t used = 0;
  struct archive *gnu = archive_write_new();
  if (gnu == NULL)
    fail_errno(path, "cannot write the link");
  archive_write_set_format_gnutar(gnu);
  archive_write_set_bytes_per_block(gnu, 0);
  if (archive_write_open_memory(gnu, written, sizeof written, &used) != ARCHIVE_OK || archive_write_header(gnu, entry) < ARCHIVE_WARN || archive_write_finish_entry(gnu) < ARCHIVE_WARN)
    fail_write(gnu, path);
  write_all(output, written, used);
  archive_write_free(gnu);
}

static bool is_long_link(const struct packing *packing, const struct visit *visit)
{
  return is_squashed(&packing->request->compression) && S_ISLNK(visit->stat.st_mode) && visit->stat.st_size > LONGEST_LINK;
}

static void pack_entry(void *data, const struct visit *visit)
{
  const struct packing *packing = data;
  const struct names *only = &packing->request->names;
  if (only->count > 0 && !first_component_is_in(visit->path, only))
    return;
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
  if (first == NULL && is_long_link(packing, visit)) {
    pack_long_link(entry, visit->path);
    archive_entry_free(entry);
    return;
  }
  if (first == NULL && S_ISREG(visit->stat.st_mode))
    pack_file(packing, entry, visit);
  else if (archive_write_header(packing->tar, entry) < ARCHIVE_WARN)
    fail_write(packing->tar, visit->path);
  if (archive_write_finish_entry(packing->tar) < ARCHIVE_WARN)
    fail_write(packing->tar, visit->path);
  archive_entry_free(entry);
}

/* What the archive says of itself comes first, so that whoever asks for it need not read on. */
static void pack_metadata(const struct packing *packing)
{
  struct part part = {.tar = packing->tar, .entry = archive_entry_new(), .path = "metadata.yaml", .fd = THIRD_FD};
  struct stat stat;
  if (part.entry == NULL || fstat(THIRD_FD, &stat) != 0)
    fail_errno(part.path, "cannot be read");
  archive_entry_copy_pathname(part.entry, part.path);
  archive_entry_set_mode(part.entry, S_IFREG | 0644);
  archive_entry_set_size(part.entry, stat.st_size);
  archive_entry_set_mtime(part.entry, stat.st_mtim.tv_sec, 0);
  if (archive_write_header(packing->tar, part.entry) < ARCHIVE_WARN)
    fail_write(packing->tar, part.path);
  write_extent(&part, 0, stat.st_size);
  if (archive_write_finish_entry(packing->tar) < ARCHIVE_WARN)
    fail_write(packing->tar, part.path);
  archive_entry_free(part.entry);
}

static void open_output(const struct packing *packing)
{
  archive_write_set_format_pax(packing->tar);
  archive_write_add_filter_none(packing->tar);
  /* What is written past libarchive must come in its turn. */
  archive_write_set_bytes_per_block(packing->tar, is_squashed(&packing->request->compression) ? 0 : BLOCK);
  archive_write_set_bytes_in_last_block(packing->tar, RECORD);
  if (archive_write_open_fd(packing->tar, output) != ARCHIVE_OK)
    fail_write(packing->tar, NULL);
}

void pack(const struct request *request)
{
  struct packing packing = {request, archive_write_new()};
  const struct compression *how = &request->compression;
  output = is_squashed(how) ? start_squashing() : FIRST_FD;
  disarm_directory(SECOND_FD, true);
  confine(SECOND_FD, 0);
  if (output == FIRST_FD && how->algorithm != NULL)
    output = start_compressor(how);
  keep_file_capabilities();
  forbid_programs();
  if (packing.tar == NULL)
    fail_errno(NULL, "cannot start");
  open_output(&packing);
  if (request->has_metadata)
    pack_metadata(&packing);
  const struct visitor visitor = {.data = &packing, .enter = pack_entry};
  walk(SECOND_FD, &visitor);
  if (archive_write_close(packing.tar) != ARCHIVE_OK)
    fail_write(packing.tar, NULL);
  if (output != FIRST_FD)
    close(output);
  finish_compressor();
  report_done();
}
