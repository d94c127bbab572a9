/* Where a file has data: the rest are holes. */
#include "walk.h"

#include <errno.h>
#include <unistd.h>

void for_extents(int fd, off_t size, const char *path, void (*use)(void *data, off_t start, off_t end), void *data)
{
  for (off_t at = 0; at < size;) {
    off_t start = lseek(fd, at, SEEK_DATA);
    if (start < 0 && errno == ENXIO)
      return;
    if (start < 0 && errno != EINVAL)
      fail_errno(path, "cannot find the data of the file");
    if (start < 0)
      start = at; /* no such knowledge here: all of it is data */
    off_t end = lseek(fd, start, SEEK_HOLE);
    if (end < 0 || end > size)
      end = size;
    if (end <= start)
      return;
    use(data, start, end);
    at = end;
  }
}
