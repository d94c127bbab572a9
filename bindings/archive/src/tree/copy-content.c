#include "copy.h"

#include <errno.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <unistd.h>

static void copy_by_hand(const struct pair *pair, off_t start, off_t end)
{
  static char buffer[1 << 18];
  while (start < end) {
    const size_t wanted = end - start < (off_t)sizeof buffer ? (size_t)(end - start) : sizeof buffer;
    const ssize_t got = pread(pair->from, buffer, wanted, start);
    if (got < 0)
      fail_errno(pair->path, "cannot read the file");
    if (got == 0)
      return;
    for (ssize_t done = 0; done < got;) {
      const ssize_t written = pwrite(pair->to, buffer + done, (size_t)(got - done), start + done);
      if (written < 0)
        fail_errno(pair->path, "cannot write the file");
      done += written;
    }
    start += got;
  }
}

static bool is_no_help(int error)
{
  return error == EXDEV || error == EINVAL || error == ENOSYS || error == EOPNOTSUPP || error == ETXTBSY || error == EPERM;
}

static void copy_extent(void *data, off_t start, off_t end)
{
  const struct pair *pair = data;
  off_t in = start, out = start;
  while (in < end) {
    const ssize_t copied = copy_file_range(pair->from, &in, pair->to, &out, (size_t)(end - in), 0);
    if (copied > 0)
      continue;
    if (copied < 0 && !is_no_help(errno))
      fail_errno(pair->path, "cannot copy the file");
    copy_by_hand(pair, in, end);
    return;
  }
}

void copy_content(const struct pair *pair, off_t size)
{
  static bool clones = true;
  if (size == 0)
    return;
  if (clones && ioctl(pair->to, FICLONE, pair->from) == 0)
    return;
  if (clones && errno == ENOSPC)
    fail_errno(pair->path, "cannot copy the file");
  clones = false; /* one tree lies on one file system: what fails once fails always */
  struct pair both = *pair;
  for_extents(pair->from, size, pair->path, copy_extent, &both);
  if (ftruncate(pair->to, size) != 0)
    fail_errno(pair->path, "cannot set the size of the file");
}
