/* remove-tree: what has the given name in the directory at descriptor 3. Follows no link, crosses no mount, does not mind when it is gone. */
#include "run.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Deeper directories are first moved up to the tree's root: neither descriptors nor the stack grow with what a guest made. */
enum { DEEPEST = 128 };

struct removal {
  int root;
  int depth;
  uint64_t moved;
};

static int open_directory(int parent, const char *name)
{
  struct open_how how = {.flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV};
  return (int)syscall(SYS_openat2, parent, name, &how, sizeof how);
}

static void remove_directory(struct removal *removal, int parent, const char *name);

static void move_up(struct removal *removal, int parent, const char *name)
{
  char to[64];
  int result;
  do {
    snprintf(to, sizeof to, ".lxworks-removed-%llu", (unsigned long long)removal->moved++);
    result = renameat2(parent, name, removal->root, to, RENAME_NOREPLACE);
  } while (result != 0 && errno == EEXIST);
  if (result != 0 && errno != ENOENT)
    fail_errno(name, "cannot be moved to where it can be removed");
}

static void remove_entry(struct removal *removal, int parent, const struct dirent *entry)
{
  if (entry->d_type != DT_DIR) {
    if (unlinkat(parent, entry->d_name, 0) == 0 || errno == ENOENT)
      return;
    if (errno != EISDIR)
      fail_errno(entry->d_name, "cannot be removed");
  }
  if (removal->depth >= DEEPEST)
    move_up(removal, parent, entry->d_name);
  else
    remove_directory(removal, parent, entry->d_name);
}

static bool is_dots(const char *name)
{
  return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static void empty_directory(struct removal *removal, DIR *directory)
{
  for (;;) {
    errno = 0;
    const struct dirent *entry = readdir(directory);
    if (entry == NULL && errno != 0)
      fail_errno(NULL, "cannot read a directory");
    if (entry == NULL)
      return;
    if (!is_dots(entry->d_name))
      remove_entry(removal, dirfd(directory), entry);
  }
}

static void remove_directory(struct removal *removal, int parent, const char *name)
{
  const int fd = open_directory(parent, name);
  if (fd < 0 && errno == ENOENT)
    return;
  if (fd < 0 && errno == EXDEV)
    fail("EBUSY", name, "something is mounted here; unmount it first");
  DIR *directory = fd < 0 ? NULL : fdopendir(fd);
  if (directory == NULL)
    fail_errno(name, "cannot open the directory");
  if (removal->depth++ == 0)
    removal->root = fd;
  empty_directory(removal, directory);
  int result = unlinkat(parent, name, AT_REMOVEDIR);
  /* What moved up here, and what a file system did not list while entries vanished, is seen by reading again. */
  for (int round = 0; result != 0 && (errno == ENOTEMPTY || errno == EEXIST) && round < 100000; round++) {
    rewinddir(directory);
    empty_directory(removal, directory);
    result = unlinkat(parent, name, AT_REMOVEDIR);
  }
  if (result != 0 && errno != ENOENT)
    fail_errno(name, "cannot be removed");
  removal->depth--;
  closedir(directory);
}

void remove_below(int parent, const char *name)
{
  struct removal removal = {.root = -1};
  if (unlinkat(parent, name, 0) == 0 || errno == ENOENT)
    return;
  if (errno != EISDIR)
    fail_errno(name, "cannot be removed");
  remove_directory(&removal, parent, name);
}

void remove_tree(const struct request *request)
{
  if (request->names.count != 1 || strchr(request->names.items[0], '/') != NULL || is_dots(request->names.items[0]))
    fail("EINVAL", NULL, "remove-tree takes one name in the directory at descriptor 3");
  remove_below(FIRST_FD, request->names.items[0]);
  report_done();
}
