/* One file to another. */
#ifndef LXWORKS_COPY_H
#define LXWORKS_COPY_H

#include "walk.h"

struct pair {
  int from, to;
  const char *path;
};

/* Shares the blocks where the file system can, else copies the data and leaves the holes. */
void copy_content(const struct pair *pair, off_t size);
/* Owner, mode, every xattr and ACL, times. */
void copy_attributes(const struct pair *pair, const struct stat *stat);
/* The same for what cannot be opened: links, devices, fifos, sockets. */
void copy_attributes_at(const struct visit *visit, int parent);

#endif
