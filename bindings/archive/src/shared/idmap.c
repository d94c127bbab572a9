/* Ids in and out of a map, and the two kinds of xattr that carry ids: POSIX ACLs and file capabilities. */
#include "run.h"

#include <endian.h>
#include <linux/capability.h>
#include <string.h>

uint32_t id_in(const struct id_map *map, char kind, uint32_t ns_id)
{
  if (map->count == 0)
    return ns_id;
  for (size_t i = 0; i < map->count; i++) {
    const struct id_range *range = &map->ranges[i];
    if (range->kind == kind && ns_id >= range->ns_id && ns_id - range->ns_id < range->count)
      return range->host_id + (ns_id - range->ns_id);
  }
  return ID_UNMAPPED;
}

uint32_t id_out(const struct id_map *map, char kind, uint32_t host_id)
{
  if (map->count == 0)
    return host_id;
  for (size_t i = 0; i < map->count; i++) {
    const struct id_range *range = &map->ranges[i];
    if (range->kind == kind && host_id >= range->host_id && host_id - range->host_id < range->count)
      return range->ns_id + (host_id - range->host_id);
  }
  return ID_UNMAPPED;
}

uint32_t id_move(const struct request *request, char kind, uint32_t id, const char *entry)
{
  const uint32_t inner = id_out(&request->from, kind, id);
  if (inner == ID_UNMAPPED)
    return id;
  const uint32_t moved = id_in(&request->to, kind, inner);
  if (moved == ID_UNMAPPED)
    fail("ARCHIVE_ID_UNMAPPED", entry, "the %s id %u is not in the id map; give the instance a larger range", kind == 'u' ? "user" : "group", inner);
  return moved;
}

void acl_move(struct acl *acl, size_t size, move_id move, const void *how, const char *entry)
{
  if (size < sizeof *acl)
    return;
  const size_t count = (size - sizeof *acl) / sizeof *acl->entries;
  for (size_t i = 0; i < count; i++) {
    struct acl_entry *at = &acl->entries[i];
    const uint16_t tag = le16toh(at->tag);
    if (tag == ACL_TAG_USER || tag == ACL_TAG_GROUP)
      at->id = htole32(move(how, tag == ACL_TAG_USER ? 'u' : 'g', le32toh(at->id), entry));
  }
}

size_t capability_move(void *value, size_t size, move_id move, const void *how, const char *entry)
{
  struct vfs_ns_cap_data data = {0};
  if (size < sizeof data.magic_etc || size > sizeof data)
    return size;
  memcpy(&data, value, size);
  const uint32_t magic = le32toh(data.magic_etc);
  const uint32_t revision = magic & VFS_CAP_REVISION_MASK;
  if (revision != VFS_CAP_REVISION_2 && revision != VFS_CAP_REVISION_3)
    return size;
  const uint32_t old_root = revision == VFS_CAP_REVISION_3 ? le32toh(data.rootid) : 0;
  const uint32_t root = move(how, 'u', old_root, entry);
  const uint32_t wanted = root == 0 ? VFS_CAP_REVISION_2 : VFS_CAP_REVISION_3;
  data.magic_etc = htole32((magic & ~VFS_CAP_REVISION_MASK) | wanted);
  data.rootid = htole32(root);
  const size_t moved = root == 0 ? XATTR_CAPS_SZ_2 : XATTR_CAPS_SZ_3;
  memcpy(value, &data, moved);
  return moved;
}
