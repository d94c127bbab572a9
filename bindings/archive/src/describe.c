#include "pack.h"

#include <archive.h>
#include <archive_entry.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

enum { NOBODY = 65534 };

/* An owner that the map does not know shows as nobody, as it does inside. */
static uint32_t move_out(const void *how, char kind, uint32_t id, const char *entry)
{
  (void)entry;
  const struct request *request = how;
  const uint32_t inner = id_out(&request->from, kind, id);
  return inner == ID_UNMAPPED ? NOBODY : inner;
}

static int tag_of(uint16_t tag)
{
  switch (tag) {
  case 0x01: return ARCHIVE_ENTRY_ACL_USER_OBJ;
  case ACL_TAG_USER: return ARCHIVE_ENTRY_ACL_USER;
  case 0x04: return ARCHIVE_ENTRY_ACL_GROUP_OBJ;
  case ACL_TAG_GROUP: return ARCHIVE_ENTRY_ACL_GROUP;
  case 0x10: return ARCHIVE_ENTRY_ACL_MASK;
  default: return ARCHIVE_ENTRY_ACL_OTHER;
  }
}

static void describe_acl(struct archive_entry *entry, int type, struct acl *acl, size_t size)
{
  const size_t count = size < sizeof *acl ? 0 : (size - sizeof *acl) / sizeof *acl->entries;
  for (size_t i = 0; i < count; i++) {
    const struct acl_entry *at = &acl->entries[i];
    const uint16_t tag = le16toh(at->tag);
    const bool is_named = tag == ACL_TAG_USER || tag == ACL_TAG_GROUP;
    archive_entry_acl_add_entry(entry, type, le16toh(at->perm), tag_of(tag), is_named ? (int)le32toh(at->id) : -1, NULL);
  }
}

static void describe_xattr(struct archive_entry *entry, const struct visit *visit, const struct request *request, const char *key)
{
  static _Alignas(struct acl) char value[XATTR_SIZE_MAX];
  const bool is_access = strcmp(key, "system.posix_acl_access") == 0, is_preset = strcmp(key, "system.posix_acl_default") == 0;
  const bool is_capability = strcmp(key, "security.capability") == 0;
  /* A squashfs keeps no ACLs, and the mode of a file that has one is another with it. */
  if ((is_access || is_preset) && is_squashed(&request->compression))
    return;
  if (!is_access && !is_preset && !is_capability && strncmp(key, "user.", 5) != 0)
    return;
  ssize_t size = lgetxattr(visit->leaf, key, value, sizeof value);
  if (size < 0 && errno == ENODATA)
    return;
  if (size < 0)
    fail_errno(visit->path, "cannot read an extended attribute");
  if (is_capability)
    size = (ssize_t)capability_move(value, (size_t)size, move_out, request, visit->path);
  if (is_access || is_preset) {
    acl_move((struct acl *)value, (size_t)size, move_out, request, visit->path);
    describe_acl(entry, is_access ? ARCHIVE_ENTRY_ACL_TYPE_ACCESS : ARCHIVE_ENTRY_ACL_TYPE_DEFAULT, (struct acl *)value, (size_t)size);
  } else {
    archive_entry_xattr_add_entry(entry, key, value, (size_t)size);
  }
}

static void describe_xattrs(struct archive_entry *entry, const struct visit *visit, const struct request *request)
{
  char keys[XATTR_LIST_MAX];
  const ssize_t size = llistxattr(visit->leaf, keys, sizeof keys);
  if (size < 0 && errno != EOPNOTSUPP)
    fail_errno(visit->path, "cannot list the attributes");
  for (const char *key = keys; key < keys + size; key += strlen(key) + 1)
    describe_xattr(entry, visit, request, key);
}

static void describe_link(struct archive_entry *entry, const struct visit *visit)
{
  char target[PATH_MAX];
  const ssize_t size = readlink(visit->leaf, target, sizeof target - 1);
  if (size < 0)
    fail_errno(visit->path, "cannot read the symbolic link");
  target[size] = '\0';
  archive_entry_copy_symlink(entry, target);
}

void describe_entry(struct archive_entry *entry, const struct visit *visit, const struct request *request)
{
  const struct stat *stat = &visit->stat;
  archive_entry_set_mode(entry, stat->st_mode);
  archive_entry_set_uid(entry, move_out(request, 'u', stat->st_uid, visit->path));
  archive_entry_set_gid(entry, move_out(request, 'g', stat->st_gid, visit->path));
  archive_entry_set_mtime(entry, stat->st_mtim.tv_sec, stat->st_mtim.tv_nsec);
  if (S_ISCHR(stat->st_mode) || S_ISBLK(stat->st_mode))
    archive_entry_set_rdev(entry, stat->st_rdev);
  if (S_ISLNK(stat->st_mode))
    describe_link(entry, visit);
  describe_xattrs(entry, visit, request);
}
