/* The small file system that unsquashfs runs in. */
#include "squashfs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <unistd.h>

bool is_empty_directory(int fd)
{
  const int copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *directory = copy < 0 ? NULL : fdopendir(copy);
  bool is_empty = true;
  if (directory == NULL)
    fail_errno(NULL, "cannot read the target");
  for (const struct dirent *entry; is_empty && (entry = readdir(directory)) != NULL;)
    is_empty = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
  closedir(directory);
  return is_empty;
}

static int new_tmpfs(void)
{
  const int context = fsopen("tmpfs", FSOPEN_CLOEXEC);
  if (context < 0 || fsconfig(context, FSCONFIG_SET_STRING, "size", "1m", 0) != 0 || fsconfig(context, FSCONFIG_SET_STRING, "mode", "755", 0) != 0 ||
      fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) != 0)
    fail_errno(NULL, "cannot make a file system");
  const int root = fsmount(context, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
  if (root < 0)
    fail_errno(NULL, "cannot make a file system");
  close(context);
  return root;
}

static void attach(int mount, int root, const char *name)
{
  if (move_mount(mount, "", root, name, MOVE_MOUNT_F_EMPTY_PATH) != 0)
    fail_errno(name, "cannot attach a mount");
  close(mount);
}

static void make_point(int root, const struct point *point)
{
  if (point->is_directory ? mkdirat(root, point->name, 0700) != 0 : mknodat(root, point->name, S_IFREG | 0600, 0) != 0)
    fail_errno(point->name, "cannot make a mount point");
}

/* /lib and /lib64, where the loader looks: links into /usr on most systems, directories on the others. */
static void bring_libraries(int root, const char *name)
{
  char path[16] = "/", target[PATH_MAX];
  strcat(path, name);
  const ssize_t size = readlink(path, target, sizeof target - 1);
  if (size > 0) {
    target[size] = '\0';
    if (symlinkat(target, root, name) != 0)
      fail_errno(path, "cannot make the link");
  } else if (errno == EINVAL) {
    if (mkdirat(root, name, 0755) != 0)
      fail_errno(path, "cannot make a mount point");
    attach(clone_mount(AT_FDCWD, path, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV), root, name);
  }
}

void enter_squashfs_root(const char *tool, const struct point *points, size_t count)
{
  if (access(tool, X_OK) != 0)
    fail("ARCHIVE_TOOL_MISSING", NULL, "%s is missing; install the package squashfs-tools", tool);
  const struct point usr = {"usr", clone_mount(AT_FDCWD, "/usr", MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV), true};
  const int root = new_tmpfs();

  if (unshare(CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
    fail_errno(NULL, "cannot leave the mounts of the host");
  make_point(root, &usr);
  for (size_t i = 0; i < count; i++)
    make_point(root, &points[i]);
  if (move_mount(root, "", AT_FDCWD, "/", MOVE_MOUNT_F_EMPTY_PATH) != 0)
    fail_errno(NULL, "cannot attach the root");
  bring_libraries(root, "lib");
  bring_libraries(root, "lib64");
  attach(usr.mount, root, usr.name);
  for (size_t i = 0; i < count; i++)
    attach(points[i].mount, root, points[i].name);
  struct mount_attr wanted = {.attr_set = MOUNT_ATTR_RDONLY};
  if (mount_setattr(root, "", AT_EMPTY_PATH, &wanted, sizeof wanted) != 0)
    fail_errno(NULL, "cannot make the root read-only");
  enter_root(root);
  close(root);
}

void keep_only_file_capabilities_over_exec(void)
{
  static const int kept[] = {CAP_CHOWN, CAP_DAC_OVERRIDE, CAP_FOWNER, CAP_FSETID, CAP_MKNOD, CAP_SETFCAP};
  for (int capability = 0; prctl(PR_CAPBSET_READ, capability) >= 0; capability++) {
    bool is_kept = false;
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
      is_kept |= kept[i] == capability;
    if (!is_kept && prctl(PR_CAPBSET_DROP, capability) != 0)
      fail_errno(NULL, "cannot drop a capability");
  }
  keep_file_capabilities();
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
    fail_errno(NULL, "cannot give up new privileges");
  /* The originals of the descriptors lead out of the root; no tool may have them. */
  if (close_range(FIRST_FD, ~0U, CLOSE_RANGE_CLOEXEC) != 0)
    fail_errno(NULL, "cannot keep the descriptors back");
}
