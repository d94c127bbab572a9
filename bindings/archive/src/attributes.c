/* Gives what was made its owner, mode, xattrs, ACLs and times. The order matters: a change of owner clears set-id bits and capabilities. */
#include "run.h"

#include <archive.h>
#include <archive_entry.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

static uint32_t move_in(const void *how, char kind, uint32_t id, const char *entry)
{
  return id_move(how, kind, id, entry);
}

static uint32_t checked_id(int64_t id, const char *entry)
{
  if (id < 0 || id >= UINT32_MAX)
    fail("ARCHIVE_CORRUPT", entry, "the owner is no valid id");
  return (uint32_t)id;
}

void set_owner(const struct subject *subject, const struct request *request, struct archive_entry *entry)
{
  const uid_t uid = id_move(request, 'u', checked_id(archive_entry_uid(entry), subject->entry), subject->entry);
  const gid_t gid = id_move(request, 'g', checked_id(archive_entry_gid(entry), subject->entry), subject->entry);
  const int result = subject->fd >= 0 ? fchown(subject->fd, uid, gid) : lchown(subject->leaf, uid, gid);
  if (result != 0)
    fail_errno(subject->entry, "cannot set the owner");
}

void set_mode(const struct subject *subject, mode_t mode)
{
  const int result = subject->fd >= 0 ? fchmod(subject->fd, mode & 07777) : chmod(subject->leaf, mode & 07777);
  if (result != 0)
    fail_errno(subject->entry, "cannot set the mode");
}

/* ext4 says "no space" for an attribute that would not fit on an empty disk either. */
static bool is_disk_full(const struct subject *subject)
{
  struct statvfs space;
  const int result = subject->fd >= 0 ? fstatvfs(subject->fd, &space) : statvfs(".", &space);
  return result != 0 || space.f_bavail == 0;
}

void put_xattr(const struct subject *subject, const char *key, const void *value, size_t size)
{
  const int result = subject->fd >= 0 ? fsetxattr(subject->fd, key, value, size, 0) : lsetxattr(subject->leaf, key, value, size, 0);
  if (result != 0 && (errno == EINVAL || errno == ERANGE))
    fail("ARCHIVE_CORRUPT", subject->entry, "the attribute %.60s is malformed", key);
  if (result != 0 && (errno == E2BIG || (errno == ENOSPC && !is_disk_full(subject))))
    fail("ARCHIVE_TOO_LARGE", subject->entry, "the attribute %.60s is larger than the file system can keep", key);
  /* The file system may not keep this kind, and links and devices take no user attributes. */
  if (result != 0 && errno != EOPNOTSUPP && !(errno == EPERM && subject->fd < 0))
    fail_errno(subject->entry, "cannot set an extended attribute");
}

static void put_capability(const struct subject *subject, const struct request *request, const void *value, size_t size)
{
  char moved[CAPABILITY_ROOM];
  if (size > sizeof moved)
    fail("ARCHIVE_CORRUPT", subject->entry, "the file capabilities are malformed");
  memcpy(moved, value, size);
  put_xattr(subject, "security.capability", moved, capability_move(moved, size, move_in, request, subject->entry));
}

void set_xattrs(const struct subject *subject, const struct request *request, struct archive_entry *entry)
{
  const char *key;
  const void *value;
  size_t size;
  archive_entry_xattr_reset(entry);
  while (archive_entry_xattr_next(entry, &key, &value, &size) == ARCHIVE_OK) {
    if (strcmp(key, "security.capability") == 0)
      put_capability(subject, request, value, size);
    else if (strncmp(key, "user.", 5) == 0)
      put_xattr(subject, key, value, size);
  }
}

/* The kernel wants the classes of entries in this order, which is the order of their tags. */
static int by_tag(const void *left, const void *right)
{
  const struct acl_entry *a = left, *b = right;
  if (a->tag != b->tag)
    return le16toh(a->tag) < le16toh(b->tag) ? -1 : 1;
  return le32toh(a->id) < le32toh(b->id) ? -1 : le32toh(a->id) > le32toh(b->id);
}

static uint16_t kernel_tag(int tag)
{
  switch (tag) {
  case ARCHIVE_ENTRY_ACL_USER_OBJ: return 0x01;
  case ARCHIVE_ENTRY_ACL_USER: return ACL_TAG_USER;
  case ARCHIVE_ENTRY_ACL_GROUP_OBJ: return 0x04;
  case ARCHIVE_ENTRY_ACL_GROUP: return ACL_TAG_GROUP;
  case ARCHIVE_ENTRY_ACL_MASK: return 0x10;
  case ARCHIVE_ENTRY_ACL_OTHER: return 0x20;
  default: return 0;
  }
}

/* As GNU tar writes it when it is told to keep attributes and not to keep ACLs: the kernel's own form, which the kernel checks. */
static struct acl *acl_attribute(struct archive_entry *entry, int type, size_t *size, const char *name)
{
  const char *wanted = type == ARCHIVE_ENTRY_ACL_TYPE_ACCESS ? "system.posix_acl_access" : "system.posix_acl_default", *key;
  const void *value;
  archive_entry_xattr_reset(entry);
  while (archive_entry_xattr_next(entry, &key, &value, size) == ARCHIVE_OK) {
    if (strcmp(key, wanted) != 0)
      continue;
    struct acl *acl = malloc(*size + 1);
    if (acl == NULL)
      fail_errno(name, "cannot keep the ACL");
    return memcpy(acl, value, *size);
  }
  return NULL;
}

static struct acl *acl_described(struct archive_entry *entry, int type, size_t *size, const char *name)
{
  const int room = archive_entry_acl_reset(entry, type);
  int kind, permissions, tag, id;
  const char *owner;
  size_t count = 0;
  if (room <= 0 || archive_entry_acl_count(entry, type) == 0)
    return NULL;
  struct acl *acl = calloc(1, sizeof *acl + (size_t)room * sizeof *acl->entries);
  if (acl == NULL)
    fail_errno(name, "cannot keep the ACL");
  acl->version = htole32(ACL_VERSION);
  while (count < (size_t)room && archive_entry_acl_next(entry, type, &kind, &permissions, &tag, &id, &owner) == ARCHIVE_OK) {
    const bool is_named = tag == ARCHIVE_ENTRY_ACL_USER || tag == ARCHIVE_ENTRY_ACL_GROUP;
    /* An id that the archive gives only as a name means nothing here: the names of this host are not those of the tree. */
    if (kernel_tag(tag) == 0 || (is_named && id < 0))
      continue;
    acl->entries[count++] = (struct acl_entry){htole16(kernel_tag(tag)), htole16((uint16_t)(permissions & 7)), htole32(is_named ? (uint32_t)id : UINT32_MAX)};
  }
  qsort(acl->entries, count, sizeof *acl->entries, by_tag);
  *size = sizeof *acl + count * sizeof *acl->entries;
  return acl;
}

struct acl *acl_value(struct archive_entry *entry, int type, const struct request *request, size_t *size, const char *name)
{
  struct acl *acl = acl_described(entry, type, size, name);
  if (acl == NULL)
    acl = acl_attribute(entry, type, size, name);
  if (acl != NULL)
    acl_move(acl, *size, move_in, request, name);
  return acl;
}

void set_access_acl(const struct subject *subject, const struct request *request, struct archive_entry *entry)
{
  size_t size;
  struct acl *acl = acl_value(entry, ARCHIVE_ENTRY_ACL_TYPE_ACCESS, request, &size, subject->entry);
  if (acl != NULL)
    put_xattr(subject, "system.posix_acl_access", acl, size);
  free(acl);
}

void times_of(struct archive_entry *entry, struct timespec times[2])
{
  times[0] = (struct timespec){.tv_nsec = UTIME_OMIT};
  if (archive_entry_atime_is_set(entry))
    times[0] = (struct timespec){archive_entry_atime(entry), archive_entry_atime_nsec(entry)};
  times[1] = (struct timespec){archive_entry_mtime(entry), archive_entry_mtime_nsec(entry)};
}

void set_times(const struct subject *subject, struct archive_entry *entry)
{
  struct timespec times[2];
  times_of(entry, times);
  const int result = subject->fd >= 0 ? futimens(subject->fd, times) : utimensat(AT_FDCWD, subject->leaf, times, AT_SYMLINK_NOFOLLOW);
  if (result != 0 && errno != EINVAL) /* a time that no clock here can show is left out */
    fail_errno(subject->entry, "cannot set the times");
}
