/* shift-tree: gives everything in the tree at descriptor 3 other owners, and keeps what a change of owner would take away. */
#include "walk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

static uint32_t moved(const void *how, char kind, uint32_t id, const char *entry)
{
  return id_move(how, kind, id, entry);
}

struct held {
  bool access, preset, capability;
};

/* Which attributes with ids the entry has, in one call. */
static struct held held_by(const struct visit *visit)
{
  char keys[XATTR_LIST_MAX];
  struct held held = {0};
  const ssize_t size = llistxattr(visit->leaf, keys, sizeof keys);
  if (size < 0 && errno != EOPNOTSUPP)
    fail_errno(visit->path, "cannot list the attributes");
  for (const char *key = keys; key < keys + size; key += strlen(key) + 1) {
    held.access |= strcmp(key, "system.posix_acl_access") == 0;
    held.preset |= strcmp(key, "system.posix_acl_default") == 0;
    held.capability |= strcmp(key, "security.capability") == 0;
  }
  return held;
}

static void shift_acl(const struct request *request, const struct visit *visit, const char *key)
{
  _Alignas(struct acl) char value[XATTR_SIZE_MAX];
  const ssize_t size = lgetxattr(visit->leaf, key, value, sizeof value);
  if (size < 0)
    fail_errno(visit->path, "cannot read the ACL");
  acl_move((struct acl *)value, (size_t)size, moved, request, visit->path);
  if (lsetxattr(visit->leaf, key, value, (size_t)size, XATTR_REPLACE) != 0)
    fail_errno(visit->path, "cannot set the ACL");
}

/* Set-id bits go with a change of owner. Opened, because chmod would follow a link that took the file's place. */
static void set_mode_again(const struct visit *visit)
{
  if (!S_ISREG(visit->stat.st_mode) || (visit->stat.st_mode & (S_ISUID | S_ISGID)) == 0)
    return;
  const int fd = openat(visit->parent, visit->leaf, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0 || fchmod(fd, visit->stat.st_mode & 07777) != 0)
    fail_errno(visit->path, "cannot set the mode again");
  close(fd);
}

static void shift_entry(void *data, const struct visit *visit)
{
  const struct request *request = data;
  char capability[CAPABILITY_ROOM];
  ssize_t size = 0;
  if (seen_before(&visit->stat, visit->path) != NULL)
    return;
  if (fchdir(visit->parent) != 0)
    fail_errno(visit->path, "cannot enter the directory");
  const uid_t uid = id_move(request, 'u', visit->stat.st_uid, visit->path);
  const gid_t gid = id_move(request, 'g', visit->stat.st_gid, visit->path);
  const struct held held = held_by(visit);
  if (held.capability && (size = lgetxattr(visit->leaf, "security.capability", capability, sizeof capability)) < 0)
    fail_errno(visit->path, "cannot read the file capabilities");

  if (fchownat(visit->parent, visit->leaf, uid, gid, AT_SYMLINK_NOFOLLOW) != 0)
    fail_errno(visit->path, "cannot set the owner");
  set_mode_again(visit);
  if (held.access)
    shift_acl(request, visit, "system.posix_acl_access");
  if (held.preset)
    shift_acl(request, visit, "system.posix_acl_default");
  if (size > 0) {
    const size_t now = capability_move(capability, (size_t)size, moved, request, visit->path);
    if (lsetxattr(visit->leaf, "security.capability", capability, now, 0) != 0)
      fail_errno(visit->path, "cannot set the file capabilities");
  }
}

void shift_below(int root, const struct request *request)
{
  /* Nothing below reads the request but through id_move: it stays unchanged. */
  struct request copy = *request;
  const struct visitor visitor = {.data = &copy, .enter = shift_entry};
  walk(root, &visitor);
}

void shift_tree(const struct request *request)
{
  disarm_directory(FIRST_FD, false);
  forbid_programs();
  shift_below(FIRST_FD, request);
  report_done();
}
