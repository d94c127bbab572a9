/* Decompresses gzip by zlib itself: libarchive does not look at the checksums. */
#include "run.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

enum { BLOCK = 256 * 1024, WITH_GZIP_HEADER = 16 };

bool is_gzip(int fd)
{
  unsigned char magic[2];
  return pread(fd, magic, sizeof magic, 0) == sizeof magic && magic[0] == 0x1f && magic[1] == 0x8b;
}

static ssize_t read_some(int in, unsigned char *block)
{
  ssize_t size;
  do
    size = read(in, block, BLOCK);
  while (size < 0 && errno == EINTR);
  return size;
}

/* Another member may follow the one that ended; what is no member is padding. */
static bool goes_on(z_stream *stream)
{
  if (stream->avail_in > 0 && *stream->next_in != 0x1f)
    return false;
  inflateReset(stream);
  return true;
}

const char *gunzip(int in, int out)
{
  static unsigned char from[BLOCK], to[BLOCK];
  z_stream stream = {0};
  int status = Z_OK;
  bool between = false;
  if (inflateInit2(&stream, MAX_WBITS | WITH_GZIP_HEADER) != Z_OK)
    return "not enough memory";
  for (;;) {
    if (stream.avail_in == 0) {
      const ssize_t size = read_some(in, from);
      if (size < 0)
        return strerror(errno);
      if (size == 0)
        return between ? NULL : "truncated gzip input";
      stream.next_in = from;
      stream.avail_in = (unsigned)size;
    }
    if (between && !goes_on(&stream))
      return NULL;
    between = false;
    stream.next_out = to;
    stream.avail_out = BLOCK;
    status = inflate(&stream, Z_NO_FLUSH);
    write_all(out, to, BLOCK - stream.avail_out);
    if (status == Z_STREAM_END)
      between = true;
    else if (status != Z_OK && status != Z_BUF_ERROR)
      return stream.msg == NULL ? "the gzip data is damaged" : stream.msg;
  }
}
