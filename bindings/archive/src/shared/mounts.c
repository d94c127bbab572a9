/* Directories taken along as mounts of this process alone, which allow less than the host's own. */
#include "run.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <unistd.h>

int clone_mount(int at, const char *path, uint64_t attributes)
{
  const unsigned flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | (*path == '\0' ? AT_EMPTY_PATH : 0);
  const int fd = open_tree(at, path, flags);
  struct mount_attr wanted = {.attr_set = attributes};
  if (fd < 0 || mount_setattr(fd, "", AT_EMPTY_PATH, &wanted, sizeof wanted) != 0)
    fail_errno(*path == '\0' ? NULL : path, "cannot take a mount along");
  return fd;
}

void disarm_directory(int fd, bool is_source)
{
  const int clone = clone_mount(fd, "", INERT | MOUNT_ATTR_NOSYMFOLLOW | (is_source ? MOUNT_ATTR_RDONLY : 0));
  /* The clone is of the kind that O_PATH gives, and what walks a tree reads its root too. It stays open, because the mount ends with it. */
  const int readable = openat(clone, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (readable < 0 || dup3(readable, fd, O_CLOEXEC) < 0)
    fail_errno(NULL, "cannot open the directory");
  close(readable);
}
