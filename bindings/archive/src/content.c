/* The bytes of a regular file, and hard links to it. */
#include "run.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void count_bytes(struct place *place, uint64_t size, const char *name)
{
  if (size > place->request->max_bytes - place->bytes)
    fail("ARCHIVE_TOO_LARGE", name, "the archive holds more than %llu bytes", (unsigned long long)place->request->max_bytes);
  place->bytes += size;
}

static void write_block(int fd, const char *data, size_t size, off_t offset, const char *name)
{
  while (size > 0) {
    const ssize_t written = pwrite(fd, data, size, offset);
    if (written < 0 && errno == EINTR)
      continue;
    if (written < 0 && errno == EFBIG)
      fail("ARCHIVE_TOO_LARGE", name, "the file is larger than the file system allows");
    if (written < 0)
      fail_errno(name, "cannot write the file");
    data += written;
    size -= (size_t)written;
    offset += written;
  }
}

void write_content(struct place *place, struct archive *tar, struct archive_entry *entry, int fd)
{
  const char *name = archive_entry_pathname(entry);
  const int64_t whole = archive_entry_size(entry);
  const void *data;
  size_t size;
  la_int64_t offset, end = 0;
  int status;
  if (whole < 0)
    fail("ARCHIVE_CORRUPT", name, "the file has no valid size");
  while ((status = archive_read_data_block(tar, &data, &size, &offset)) != ARCHIVE_EOF) {
    if (status < ARCHIVE_WARN)
      fail_tar(tar, name);
    if (offset < end || offset > whole || (int64_t)size > whole - offset)
      fail("ARCHIVE_CORRUPT", name, "the file's parts lie outside of it");
    count_bytes(place, size, name);
    write_block(fd, data, size, offset, name);
    if (size > 0)
      end = offset + (la_int64_t)size;
  }
  if (end < whole && ftruncate(fd, whole) != 0) {
    if (errno == EFBIG)
      fail("ARCHIVE_TOO_LARGE", name, "the file is larger than the file system allows");
    fail_errno(name, "cannot set the size of the file");
  }
}

/* Whether both names lead to one file already, so that nothing is to be done. */
static bool is_same(int from, const char *from_leaf, const char *leaf)
{
  struct stat a, b;
  return fstatat(from, from_leaf, &a, AT_SYMLINK_NOFOLLOW) == 0 && lstat(leaf, &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

/* What stands where a hard link is to be. */
struct obstacle {
  int from; /* directory of what is linked to */
  const char *from_leaf, *leaf, *name;
};

static void make_way(struct place *place, const struct obstacle *obstacle)
{
  struct stat a, b;
  if (fstatat(obstacle->from, obstacle->from_leaf, &a, AT_SYMLINK_NOFOLLOW) != 0 || lstat(obstacle->leaf, &b) != 0)
    fail_errno(obstacle->name, "cannot look at what is there");
  const bool is_other = S_ISDIR(b.st_mode) || (a.st_mode & S_IFMT) != (b.st_mode & S_IFMT);
  if (is_other && !layer_may_replace(place, obstacle->name))
    fail("ARCHIVE_HOSTILE", obstacle->name, "the name appears again as another type of file");
  if (is_other)
    layer_clear(place, obstacle->leaf, obstacle->name);
  else if (unlink(obstacle->leaf) != 0)
    fail_errno(obstacle->name, "cannot replace what is there");
}

bool link_entry(struct place *place, const char *target, const char *name)
{
  char cleaned[PATH_MAX], above[PATH_MAX];
  clean_name(cleaned, target, name);
  const char *slash = strrchr(cleaned, '/');
  const size_t length = slash == NULL ? 0 : (size_t)(slash - cleaned);
  const char *from_leaf = slash == NULL ? cleaned : slash + 1;
  memcpy(above, cleaned, length);
  above[length] = '\0';
  const int from = open_below(place->root, above, O_PATH | O_DIRECTORY);
  struct stat found;
  if (*cleaned == '\0' || from < 0 || fstatat(from, from_leaf, &found, AT_SYMLINK_NOFOLLOW) != 0) {
    if (from >= 0)
      close(from);
    if (place->skipped.count > 0) /* the device it links to was not made */
      return false;
    fail("ARCHIVE_HOSTILE", name, "a hard link to something that the archive did not bring");
  }
  if (S_ISDIR(found.st_mode))
    fail("ARCHIVE_HOSTILE", name, "a hard link to a directory");
  const char *leaf = enter_parent(place, name);
  int result = linkat(from, from_leaf, AT_FDCWD, leaf, 0);
  if (result != 0 && errno == EEXIST && !is_same(from, from_leaf, leaf)) {
    make_way(place, &(struct obstacle){from, from_leaf, leaf, name});
    result = linkat(from, from_leaf, AT_FDCWD, leaf, 0);
  }
  if (result != 0 && errno != EEXIST)
    fail_making(name, "cannot make the hard link");
  close(from);
  return true;
}
