/* Visiting a tree: every entry once, directories before what is in them, by descriptors and never through a link or into a mount. */
#ifndef LXWORKS_WALK_H
#define LXWORKS_WALK_H

#include "run.h"

struct visit {
  int parent;        /* directory that holds the entry; for the root itself the root */
  const char *leaf;  /* "." for the root */
  const char *path;  /* below the root, "" for the root */
  struct stat stat;
  int depth;
};

struct visitor {
  void *data;
  void (*enter)(void *data, const struct visit *visit);
  /* After everything in a directory. `open` is the directory itself. May be NULL. */
  void (*leave)(void *data, const struct visit *visit, int open);
};

enum { MAX_WALK_DEPTH = 1024 };

/* In the order of names, byte by byte. Two descriptors a level may be open: allows as many as the host does. */
void walk(int root, const struct visitor *visitor);

/* The directory `leaf`; -1 with EXDEV when something is mounted there. */
int open_same_mount(int parent, const char *leaf);

/* The path under which a file with several links was seen first, or NULL now, when this is the first. */
const char *seen_before(const struct stat *stat, const char *path);

/* The regular file under the name that was visited, for reading, and what it is now: whoever writes there may have put another in its place. */
int open_visited(const struct visit *visit, struct stat *now);

/* Calls `use` for every data extent of an open file. */
void for_extents(int fd, off_t size, const char *path, void (*use)(void *data, off_t start, off_t end), void *data);

#endif
