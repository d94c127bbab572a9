/* Makes one entry of an archive on disk. Nothing passes through a symbolic link, no directory is ever replaced, and nothing changes its type. */
#include "run.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

int open_below(int root, const char *name, int flags)
{
  struct open_how how = {.flags = (uint64_t)(flags | O_CLOEXEC | O_NOFOLLOW), .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS};
  return (int)syscall(SYS_openat2, root, *name == '\0' ? "." : name, &how, sizeof how);
}

void open_place(struct place *place, int root, const struct request *request)
{
  *place = (struct place){.root = root, .parent = -1, .request = request};
}

void fail_making(const char *entry, const char *what)
{
  const int error = errno;
  if (error == ENAMETOOLONG || error == EMLINK || error == EFBIG)
    fail("ARCHIVE_TOO_LARGE", entry, "%s: %s", what, strerror(error));
  if (error == EINVAL || error == EILSEQ || error == EOVERFLOW)
    fail("ARCHIVE_CORRUPT", entry, "%s: %s", what, strerror(error));
  errno = error;
  fail_errno(entry, what);
}

/* Directories that the archive does not mention before what is in them. */
static void make_parents(struct place *place, char *parent)
{
  const uid_t uid = id_move(place->request, 'u', 0, parent);
  const gid_t gid = id_move(place->request, 'g', 0, parent);
  for (char *at = parent; at != NULL;) {
    at = strchr(at + 1, '/');
    if (at != NULL)
      *at = '\0';
    /* Each component was just made or is checked by the open of its child: a link among them ends with ELOOP. */
    const char *slash = strrchr(parent, '/');
    char above[PATH_MAX];
    const size_t length = slash == NULL ? 0 : (size_t)(slash - parent);
    memcpy(above, parent, length);
    above[length] = '\0';
    const int fd = open_below(place->root, above, O_PATH | O_DIRECTORY);
    const char *leaf = slash == NULL ? parent : slash + 1;
    if (fd < 0)
      fail("ARCHIVE_HOSTILE", parent, "the name passes through something that is no directory");
    if (mkdirat(fd, leaf, 0755) == 0) {
      if (fchownat(fd, leaf, uid, gid, AT_SYMLINK_NOFOLLOW) != 0)
        fail_errno(parent, "cannot set the owner");
    } else if (errno != EEXIST) {
      fail_making(parent, "cannot make a directory");
    }
    close(fd);
    if (at != NULL)
      *at = '/';
  }
}

const char *enter_parent(struct place *place, const char *name)
{
  const char *slash = strrchr(name, '/');
  const size_t length = slash == NULL ? 0 : (size_t)(slash - name);
  const char *leaf = slash == NULL ? name : slash + 1;
  if (place->parent >= 0 && strlen(place->parent_name) == length && memcmp(place->parent_name, name, length) == 0)
    return leaf;
  if (place->parent >= 0)
    close(place->parent);
  memcpy(place->parent_name, name, length);
  place->parent_name[length] = '\0';
  place->parent = open_below(place->root, place->parent_name, O_PATH | O_DIRECTORY);
  if (place->parent < 0 && errno == ENOENT) {
    make_parents(place, place->parent_name);
    place->parent = open_below(place->root, place->parent_name, O_PATH | O_DIRECTORY);
  }
  if (place->parent < 0 && (errno == ELOOP || errno == ENOTDIR))
    fail("ARCHIVE_HOSTILE", name, "the name passes through a symbolic link or something else that is no directory");
  if (place->parent < 0)
    fail_errno(name, "cannot open the directory");
  if (fchdir(place->parent) != 0)
    fail_errno(name, "cannot enter the directory");
  return leaf;
}

/* An entry of the same name and type makes room for the later one; a directory stays. What a lower layer brought makes room for any type. */
static void make_room(struct place *place, const char *leaf, mode_t type, const char *name)
{
  struct stat found;
  if (lstat(leaf, &found) != 0)
    fail_errno(name, "cannot look at what is there");
  const bool is_other = (found.st_mode & S_IFMT) != type;
  if (is_other && !layer_may_replace(place, name))
    fail("ARCHIVE_HOSTILE", name, "the name appears again as another type of file");
  if (is_other)
    layer_clear(place, leaf, name);
  else if (type != S_IFDIR && unlink(leaf) != 0)
    fail_errno(name, "cannot replace what is there");
}

static bool skip(struct place *place, const char *name)
{
  note_skipped(&place->skipped, name);
  return false;
}

static void set_all(const struct subject *subject, const struct request *request, struct archive_entry *entry)
{
  const mode_t mode = archive_entry_mode(entry);
  set_owner(subject, request, entry);
  if (!S_ISLNK(mode)) {
    set_mode(subject, mode);
    set_access_acl(subject, request, entry);
  }
  set_xattrs(subject, request, entry);
  set_times(subject, entry);
}

static void place_file(struct place *place, struct archive *tar, struct archive_entry *entry, const struct subject *where)
{
  const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  int fd = open(where->leaf, flags, 0600);
  if (fd < 0 && errno == EEXIST) {
    make_room(place, where->leaf, S_IFREG, where->entry);
    fd = open(where->leaf, flags, 0600);
  }
  if (fd < 0)
    fail_making(where->entry, "cannot make the file");
  write_content(place, tar, entry, fd);
  set_all(&(struct subject){fd, where->leaf, where->entry}, place->request, entry);
  if (close(fd) != 0)
    fail_errno(where->entry, "cannot write the file");
}

static void place_directory(struct place *place, struct archive_entry *entry, const struct subject *where)
{
  if (mkdir(where->leaf, 0700) != 0) {
    if (errno != EEXIST)
      fail_making(where->entry, "cannot make the directory");
    make_room(place, where->leaf, S_IFDIR, where->entry);
    if (mkdir(where->leaf, 0700) != 0 && errno != EEXIST)
      fail_making(where->entry, "cannot make the directory");
  }
  set_owner(where, place->request, entry);
  set_xattrs(where, place->request, entry);
  remember_directory(where->entry, entry, place->request);
}

static int make_special(struct archive_entry *entry, const char *leaf)
{
  const mode_t mode = archive_entry_mode(entry);
  if (S_ISLNK(mode))
    return symlink(archive_entry_symlink(entry), leaf);
  return mknod(leaf, (mode & S_IFMT) | 0600, S_ISFIFO(mode) ? 0 : archive_entry_rdev(entry));
}

static bool place_special(struct place *place, struct archive_entry *entry, const struct subject *where)
{
  const mode_t type = archive_entry_mode(entry) & S_IFMT;
  if (type == S_IFLNK && (archive_entry_symlink(entry) == NULL || *archive_entry_symlink(entry) == '\0'))
    fail("ARCHIVE_CORRUPT", where->entry, "a symbolic link without a target");
  if (place->request->harmless_only && !is_harmless(archive_entry_mode(entry), archive_entry_rdev(entry)))
    return skip(place, where->entry);
  int result = make_special(entry, where->leaf);
  if (result != 0 && errno == EEXIST) {
    make_room(place, where->leaf, type, where->entry);
    result = make_special(entry, where->leaf);
  }
  if (result != 0 && errno == EPERM && (type == S_IFCHR || type == S_IFBLK))
    return skip(place, where->entry);
  if (result != 0)
    fail_making(where->entry, "cannot be made");
  set_all(where, place->request, entry);
  return true;
}

/* The archive's own root: its attributes are the target's, unless whoever asked keeps those for itself. */
static void place_root(struct place *place, struct archive_entry *entry)
{
  if (!S_ISDIR(archive_entry_mode(entry)) || archive_entry_hardlink(entry) != NULL)
    fail("ARCHIVE_HOSTILE", archive_entry_pathname(entry), "the root would become something else than a directory");
  if (place->request->keeps_root)
    return;
  if (fchdir(place->root) != 0)
    fail_errno(NULL, "cannot enter the target");
  place_directory(place, entry, &(struct subject){-1, ".", ""});
  if (place->parent >= 0 && fchdir(place->parent) != 0)
    fail_errno(NULL, "cannot enter the directory");
}

bool place_entry(struct place *place, struct archive *tar, struct archive_entry *entry, const char *name)
{
  if (*name == '\0') {
    place_root(place, entry);
    return true;
  }
  const char *target = archive_entry_hardlink(entry);
  if (target != NULL)
    return link_entry(place, target, name) || skip(place, name);
  const struct subject where = {-1, enter_parent(place, name), name};
  switch (archive_entry_mode(entry) & S_IFMT) {
  case S_IFREG: place_file(place, tar, entry, &where); return true;
  case S_IFDIR: place_directory(place, entry, &where); return true;
  case S_IFLNK: case S_IFIFO: case S_IFCHR: case S_IFBLK: return place_special(place, entry, &where);
  case 0: fail("ARCHIVE_CORRUPT", name, "a link without a target, or an entry of no type");
  default: return skip(place, name);
  }
}
