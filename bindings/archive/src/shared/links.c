/* Files with several names, known again by their inode. */
#include "walk.h"

#include <stdlib.h>
#include <string.h>

struct seen {
  dev_t device;
  ino_t inode;
  char *path;
};

static struct seen *table;
static size_t count, room;

static struct seen *slot(struct seen *in, size_t size, dev_t device, ino_t inode)
{
  size_t at = ((size_t)inode * 0x9e3779b97f4a7c15u ^ (size_t)device) & (size - 1);
  while (in[at].path != NULL && (in[at].inode != inode || in[at].device != device))
    at = (at + 1) & (size - 1);
  return &in[at];
}

static void grow(void)
{
  const size_t size = room == 0 ? 1024 : room * 2;
  struct seen *larger = calloc(size, sizeof *larger);
  if (larger == NULL)
    fail_errno(NULL, "cannot keep the links");
  for (size_t i = 0; i < room; i++)
    if (table[i].path != NULL)
      *slot(larger, size, table[i].device, table[i].inode) = table[i];
  free(table);
  table = larger;
  room = size;
}

const char *seen_before(const struct stat *stat, const char *path)
{
  if (stat->st_nlink < 2 || S_ISDIR(stat->st_mode))
    return NULL;
  if (count * 2 >= room)
    grow();
  struct seen *found = slot(table, room, stat->st_dev, stat->st_ino);
  if (found->path != NULL)
    return found->path;
  *found = (struct seen){stat->st_dev, stat->st_ino, strdup(path)};
  if (found->path == NULL)
    fail_errno(path, "cannot keep a name");
  count++;
  return NULL;
}
