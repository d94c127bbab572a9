#include "walk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

struct walk {
  const struct visitor *visitor;
  char *path;
  size_t used, room;
};

int open_same_mount(int parent, const char *leaf)
{
  struct open_how how = {.flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV};
  return (int)syscall(SYS_openat2, parent, leaf, &how, sizeof how);
}

int open_visited(const struct visit *visit, struct stat *now)
{
  const int fd = openat(visit->parent, visit->leaf, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOATIME | O_CLOEXEC);
  if (fd < 0 || fstat(fd, now) != 0)
    fail_errno(visit->path, "cannot open the file");
  if (!S_ISREG(now->st_mode))
    fail("EBUSY", visit->path, "it became another type of file meanwhile; stop whatever writes there, then try again");
  return fd;
}

static size_t push(struct walk *walk, const char *leaf)
{
  const size_t before = walk->used, length = strlen(leaf);
  if (before + length + 2 > walk->room) {
    walk->room = (before + length + 2) * 2;
    walk->path = realloc(walk->path, walk->room);
    if (walk->path == NULL)
      fail_errno(leaf, "cannot keep a name");
  }
  if (before > 0)
    walk->path[walk->used++] = '/';
  memcpy(walk->path + walk->used, leaf, length + 1);
  walk->used += length;
  return before;
}

static int by_name(const void *left, const void *right)
{
  return strcmp(*(char *const *)left, *(char *const *)right);
}

static char **sorted_names(int fd, size_t *count, const char *path)
{
  const int copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *directory = copy < 0 ? NULL : fdopendir(copy);
  char **names = NULL;
  size_t room = 0;
  if (directory == NULL)
    fail_errno(path, "cannot read the directory");
  *count = 0;
  for (const struct dirent *entry; (errno = 0, entry = readdir(directory)) != NULL;) {
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
      continue;
    if (*count == room) {
      room = room == 0 ? 64 : room * 2;
      names = reallocarray(names, room, sizeof *names);
    }
    char *name = strdup(entry->d_name);
    if (names == NULL || name == NULL)
      fail_errno(path, "cannot keep a name");
    names[(*count)++] = name;
  }
  if (errno != 0)
    fail_errno(path, "cannot read the directory");
  closedir(directory);
  if (*count > 0)
    qsort(names, *count, sizeof *names, by_name);
  return names;
}

static void visit_inside(struct walk *walk, int fd, int depth);

static void visit_entry(struct walk *walk, int parent, const char *leaf, int depth)
{
  struct visit visit = {.parent = parent, .leaf = leaf, .depth = depth};
  const size_t before = push(walk, leaf);
  visit.path = walk->path;
  if (fstatat(parent, leaf, &visit.stat, AT_SYMLINK_NOFOLLOW) != 0) {
    if (errno != ENOENT) /* it went away meanwhile */
      fail_errno(walk->path, "cannot be looked at");
  } else {
    walk->visitor->enter(walk->visitor->data, &visit);
    const int fd = S_ISDIR(visit.stat.st_mode) ? open_same_mount(parent, leaf) : -1;
    if (S_ISDIR(visit.stat.st_mode) && fd < 0 && errno != EXDEV)
      fail_errno(walk->path, "cannot open the directory");
    if (fd >= 0)
      visit_inside(walk, fd, depth);
    visit.path = walk->path; /* it may have moved while it grew */
    if (S_ISDIR(visit.stat.st_mode) && walk->visitor->leave != NULL)
      walk->visitor->leave(walk->visitor->data, &visit, fd);
    if (fd >= 0)
      close(fd);
  }
  walk->used = before;
  walk->path[before] = '\0';
}

static void visit_inside(struct walk *walk, int fd, int depth)
{
  size_t count;
  if (depth >= MAX_WALK_DEPTH)
    fail("ARCHIVE_TOO_DEEP", walk->path, "the tree is more than %d directories deep", MAX_WALK_DEPTH);
  char **names = sorted_names(fd, &count, walk->path);
  for (size_t i = 0; i < count; i++) {
    visit_entry(walk, fd, names[i], depth + 1);
    free(names[i]);
  }
  free(names);
}

static void allow_descriptors(void)
{
  const rlim_t wanted = 4 * MAX_WALK_DEPTH;
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted)
    return;
  limit.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
  setrlimit(RLIMIT_NOFILE, &limit); /* a host that allows fewer walks less deep, and says so */
}

void walk(int root, const struct visitor *visitor)
{
  struct walk walk = {.visitor = visitor, .path = calloc(1, PATH_MAX), .room = PATH_MAX};
  struct visit visit = {.parent = root, .leaf = ".", .path = ""};
  if (walk.path == NULL || fstat(root, &visit.stat) != 0)
    fail_errno(NULL, "cannot look at the tree");
  allow_descriptors();
  visitor->enter(visitor->data, &visit);
  visit_inside(&walk, root, 0);
  if (visitor->leave != NULL)
    visitor->leave(visitor->data, &visit, root);
  free(walk.path);
}
