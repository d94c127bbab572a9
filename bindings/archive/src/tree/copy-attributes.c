#include "copy.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

static void refuse_xattr(const char *path, const char *what)
{
  if (errno != EOPNOTSUPP)
    fail_errno(path, what);
}

static void copy_xattrs(const struct pair *pair)
{
  char keys[XATTR_LIST_MAX];
  static char value[XATTR_SIZE_MAX];
  const ssize_t listed = flistxattr(pair->from, keys, sizeof keys);
  if (listed < 0)
    refuse_xattr(pair->path, "cannot list the attributes");
  for (const char *key = keys; key < keys + listed; key += strlen(key) + 1) {
    const ssize_t size = fgetxattr(pair->from, key, value, sizeof value);
    if (size < 0 && errno == ENODATA) /* it went away meanwhile */
      continue;
    if (size < 0 || fsetxattr(pair->to, key, value, (size_t)size, 0) != 0)
      refuse_xattr(pair->path, "cannot copy an extended attribute");
  }
}

void copy_attributes(const struct pair *pair, const struct stat *stat)
{
  const struct timespec times[2] = {stat->st_atim, stat->st_mtim};
  if (fchown(pair->to, stat->st_uid, stat->st_gid) != 0)
    fail_errno(pair->path, "cannot set the owner");
  if (fchmod(pair->to, stat->st_mode & 07777) != 0)
    fail_errno(pair->path, "cannot set the mode");
  copy_xattrs(pair);
  if (futimens(pair->to, times) != 0)
    fail_errno(pair->path, "cannot set the times");
}

/* An entry of a directory by descriptor, for the calls on attributes that take paths only. The last component is not followed. */
static void name_by_descriptor(char out[PATH_MAX], int parent, const char *leaf)
{
  snprintf(out, PATH_MAX, "/proc/self/fd/%d/%s", parent, leaf);
}

static void copy_xattrs_at(const struct visit *visit, int parent)
{
  char keys[XATTR_LIST_MAX], from[PATH_MAX], to[PATH_MAX];
  static char value[XATTR_SIZE_MAX];
  name_by_descriptor(from, visit->parent, visit->leaf);
  name_by_descriptor(to, parent, visit->leaf);
  const ssize_t listed = llistxattr(from, keys, sizeof keys);
  if (listed < 0)
    refuse_xattr(visit->path, "cannot list the attributes");
  for (const char *key = keys; key < keys + listed; key += strlen(key) + 1) {
    const ssize_t size = lgetxattr(from, key, value, sizeof value);
    if (size < 0 && errno == ENODATA)
      continue;
    if (size < 0 || lsetxattr(to, key, value, (size_t)size, 0) != 0)
      refuse_xattr(visit->path, "cannot copy an extended attribute");
  }
}

void copy_attributes_at(const struct visit *visit, int parent)
{
  const struct timespec times[2] = {visit->stat.st_atim, visit->stat.st_mtim};
  if (fchownat(parent, visit->leaf, visit->stat.st_uid, visit->stat.st_gid, AT_SYMLINK_NOFOLLOW) != 0)
    fail_errno(visit->path, "cannot set the owner");
  /* Made by this process a moment ago in a directory that only it can enter: it is still no link. */
  if (!S_ISLNK(visit->stat.st_mode) && fchmodat(parent, visit->leaf, visit->stat.st_mode & 07777, 0) != 0)
    fail_errno(visit->path, "cannot set the mode");
  copy_xattrs_at(visit, parent);
  if (utimensat(parent, visit->leaf, times, AT_SYMLINK_NOFOLLOW) != 0)
    fail_errno(visit->path, "cannot set the times");
}
