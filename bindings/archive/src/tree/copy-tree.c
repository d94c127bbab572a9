/* copy-tree: the tree at descriptor 3 as a new directory of the given name in the directory at descriptor 4. Removes it again when it fails. */
#include "walk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "copy.h"

static const char *copy_name;

static void remove_copy(void)
{
  remove_below(SECOND_FD, copy_name);
}

/* The copies of the directories that the walk is in; one more than it can be deep. */
struct copy {
  int directories[MAX_WALK_DEPTH + 2];
};

static int parent_of(const struct copy *copy, const struct visit *visit)
{
  return copy->directories[visit->depth - 1];
}

static bool link_copy(const struct copy *copy, const struct visit *visit)
{
  const char *first = seen_before(&visit->stat, visit->path);
  if (first == NULL)
    return false;
  if (linkat(copy->directories[0], first, parent_of(copy, visit), visit->leaf, 0) != 0)
    fail_errno(visit->path, "cannot make the hard link");
  return true;
}

static void copy_file(const struct copy *copy, const struct visit *visit)
{
  struct pair pair = {.path = visit->path};
  struct stat stat;
  pair.from = open_visited(visit, &stat);
  pair.to = openat(parent_of(copy, visit), visit->leaf, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (pair.to < 0)
    fail_errno(visit->path, "cannot make the file");
  copy_content(&pair, stat.st_size);
  copy_attributes(&pair, &stat);
  close(pair.from);
  if (close(pair.to) != 0)
    fail_errno(visit->path, "cannot write the file");
}

static void copy_special(const struct copy *copy, const struct visit *visit)
{
  const int parent = parent_of(copy, visit);
  int result;
  if (S_ISLNK(visit->stat.st_mode)) {
    char target[PATH_MAX];
    const ssize_t size = readlinkat(visit->parent, visit->leaf, target, sizeof target - 1);
    if (size < 0)
      fail_errno(visit->path, "cannot read the symbolic link");
    target[size] = '\0';
    result = symlinkat(target, parent, visit->leaf);
  } else {
    result = mknodat(parent, visit->leaf, (visit->stat.st_mode & S_IFMT) | 0600, visit->stat.st_rdev);
  }
  if (result != 0)
    fail_errno(visit->path, "cannot be copied");
  copy_attributes_at(visit, parent);
}

static void enter(void *data, const struct visit *visit)
{
  struct copy *copy = data;
  if (visit->depth == 0)
    return;
  if (S_ISDIR(visit->stat.st_mode)) {
    const int parent = parent_of(copy, visit);
    if (mkdirat(parent, visit->leaf, 0700) != 0)
      fail_errno(visit->path, "cannot make the directory");
    const int fd = openat(parent, visit->leaf, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
      fail_errno(visit->path, "cannot open the directory");
    copy->directories[visit->depth] = fd;
  } else if (!link_copy(copy, visit)) {
    if (S_ISREG(visit->stat.st_mode))
      copy_file(copy, visit);
    else
      copy_special(copy, visit);
  }
}

static void leave(void *data, const struct visit *visit, int open)
{
  struct copy *copy = data;
  const struct pair pair = {.from = open, .to = copy->directories[visit->depth], .path = visit->path};
  /* What is mounted here is not part of the tree, and neither are the attributes of its root. */
  if (open >= 0)
    copy_attributes(&pair, &visit->stat);
  close(pair.to);
}

void copy_tree(const struct request *request)
{
  static struct copy copy;
  if (request->names.count != 1 || strchr(request->names.items[0], '/') != NULL)
    fail("EINVAL", NULL, "copy-tree takes one name in the directory at descriptor 4");
  copy_name = request->names.items[0];
  disarm_directory(FIRST_FD, true);
  disarm_directory(SECOND_FD, false);
  forbid_programs();
  struct stat taken;
  if (fstatat(SECOND_FD, copy_name, &taken, AT_SYMLINK_NOFOLLOW) == 0)
    fail("EEXIST", copy_name, "the target exists already");
  /* Told before it is so: a kill may come at any moment. */
  report_made();
  if (mkdirat(SECOND_FD, copy_name, 0700) != 0)
    fail_errno(copy_name, "cannot make the directory");
  before_failing(remove_copy);
  copy.directories[0] = openat(SECOND_FD, copy_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (copy.directories[0] < 0)
    fail_errno(copy_name, "cannot open the directory");
  const struct visitor visitor = {&copy, enter, leave};
  walk(FIRST_FD, &visitor);
  report_done();
}
