/* shift-tree: gives everything in the tree at descriptor 3 other owners, and keeps what a change of owner would take away. */
#include "walk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

/* What is being done, for a program that takes over where one was cut off. Everything is visited in the same order each time. */
struct mark {
  int fd; /* -1: there is none */
  const char *aim; /* tells this move from any other */
  bool is_waiting;
  unsigned int uid, gid, mode; /* what the entry had before */
  char capability[2 * CAPABILITY_ROOM + 1];
  char path[PATH_MAX];
};

struct shift {
  struct request request;
  struct mark mark;
};

enum { MARK_ROOM = PATH_MAX + 256 };

/* True when an earlier attempt was finished. */
static bool read_mark(struct mark *mark)
{
  char text[MARK_ROOM], aim[65] = "", *rest;
  int used = 0;
  const ssize_t size = pread(mark->fd, text, sizeof text - 1, 0);
  if (size < 0)
    fail_errno(NULL, "cannot read how far an earlier attempt came");
  text[size] = '\0';
  if (size == 0)
    return false;
  if (sscanf(text, "%64s%n", aim, &used) != 1 || strcmp(aim, mark->aim) != 0)
    fail("EBUSY", NULL, "the owners are half way to other ids; give the instance the id map that it was to have then, and start it once");
  rest = text + used;
  if (strcmp(rest, " done") == 0)
    return true;
  if (sscanf(rest, "%u %u %o %48s%n", &mark->uid, &mark->gid, &mark->mode, mark->capability, &used) != 4 || rest[used] != ' ')
    fail("EBADMSG", NULL, "the note of how far an earlier attempt came cannot be read");
  strncpy(mark->path, rest + used + 1, sizeof mark->path - 1);
  mark->is_waiting = true;
  return false;
}

static void write_mark(const struct mark *mark, const char *state)
{
  char text[MARK_ROOM + 64];
  const size_t size = (size_t)snprintf(text, sizeof text, "%s %s", mark->aim, state) + 1;
  if (size > MARK_ROOM)
    fail("ENAMETOOLONG", NULL, "a path is too long to be noted");
  if (pwrite(mark->fd, text, size, 0) != (ssize_t)size)
    fail_errno(NULL, "cannot note how far it came");
}

static void to_hex(char *out, const char *value, ssize_t size)
{
  for (ssize_t i = 0; i < size; i++)
    sprintf(out + 2 * i, "%02x", (unsigned char)value[i]);
  if (size <= 0)
    strcpy(out, "-");
}

static ssize_t from_hex(char *out, const char *text)
{
  unsigned int byte;
  ssize_t size = 0;
  while (size < CAPABILITY_ROOM && sscanf(text + 2 * size, "%2x", &byte) == 1)
    out[size++] = (char)byte;
  return size;
}

/* False for an entry that was finished before the program was cut off; the one that it was cut off at is as it was before. */
static bool takes_turn(struct shift *shift, struct visit *visit, char *capability, ssize_t *size)
{
  struct mark *mark = &shift->mark;
  char text[MARK_ROOM], hex[2 * CAPABILITY_ROOM + 1];
  if (mark->fd < 0)
    return true;
  if (mark->is_waiting) {
    if (strcmp(visit->path, mark->path) != 0)
      return false;
    mark->is_waiting = false;
    visit->stat.st_uid = mark->uid;
    visit->stat.st_gid = mark->gid;
    visit->stat.st_mode = (visit->stat.st_mode & S_IFMT) | mark->mode;
    *size = from_hex(capability, mark->capability);
    return true;
  }
  /* Not begun where it cannot be finished. */
  id_move(&shift->request, 'u', visit->stat.st_uid, visit->path);
  id_move(&shift->request, 'g', visit->stat.st_gid, visit->path);
  to_hex(hex, capability, *size);
  snprintf(text, sizeof text, "%u %u %o %s %s", visit->stat.st_uid, visit->stat.st_gid, visit->stat.st_mode & 07777, hex, visit->path);
  write_mark(mark, text);
  return true;
}

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

static void shift_entry(void *data, const struct visit *visited)
{
  struct shift *shift = data;
  const struct request *request = &shift->request;
  struct visit visit = *visited;
  char capability[CAPABILITY_ROOM];
  ssize_t size = 0;
  if (seen_before(&visit.stat, visit.path) != NULL)
    return;
  if (fchdir(visit.parent) != 0)
    fail_errno(visit.path, "cannot enter the directory");
  const struct held held = held_by(&visit);
  if (held.capability && (size = lgetxattr(visit.leaf, "security.capability", capability, sizeof capability)) < 0)
    fail_errno(visit.path, "cannot read the file capabilities");
  if (!takes_turn(shift, &visit, capability, &size))
    return;
  const uid_t uid = id_move(request, 'u', visit.stat.st_uid, visit.path);
  const gid_t gid = id_move(request, 'g', visit.stat.st_gid, visit.path);

  if (fchownat(visit.parent, visit.leaf, uid, gid, AT_SYMLINK_NOFOLLOW) != 0)
    fail_errno(visit.path, "cannot set the owner");
  set_mode_again(&visit);
  if (held.access)
    shift_acl(request, &visit, "system.posix_acl_access");
  if (held.preset)
    shift_acl(request, &visit, "system.posix_acl_default");
  if (size > 0) {
    const size_t now = capability_move(capability, (size_t)size, moved, request, visit.path);
    if (lsetxattr(visit.leaf, "security.capability", capability, now, 0) != 0)
      fail_errno(visit.path, "cannot set the file capabilities");
  }
}

static void shift_with(int root, struct shift *shift)
{
  const struct visitor visitor = {.data = shift, .enter = shift_entry};
  walk(root, &visitor);
}

void shift_below(int root, const struct request *request)
{
  struct shift shift = {.request = *request, .mark = {.fd = -1}};
  shift_with(root, &shift);
}

void shift_tree(const struct request *request)
{
  struct shift shift = {.request = *request, .mark = {.fd = request->mark != NULL ? SECOND_FD : -1, .aim = request->mark}};
  disarm_directory(FIRST_FD, false);
  forbid_programs();
  if (request->mark == NULL || !read_mark(&shift.mark)) {
    shift_with(FIRST_FD, &shift);
    if (shift.mark.is_waiting)
      fail("ENOENT", shift.mark.path, "what an earlier attempt was cut off at is not there any more");
    if (request->mark != NULL)
      write_mark(&shift.mark, "done");
  }
  report_done();
}
