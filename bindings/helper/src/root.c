#include "root.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <linux/openat2.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static bool same_user_namespace(const struct request *request, pid_t pid)
{
	struct stat ours, theirs;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/ns/user", pid);
	if (stat("/proc/self/ns/user", &ours) || stat(path, &theirs))
		fail_errno(request, "Process %d", pid);
	return ours.st_ino == theirs.st_ino && ours.st_dev == theirs.st_dev;
}

/* The directory is opened before the namespaces are joined: afterwards the way to it may be closed. */
static void enter_container(const struct request *request, pid_t pid)
{
	int namespaces = CLONE_NEWNS | (same_user_namespace(request, pid) ? 0 : CLONE_NEWUSER);
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/root", pid);
	int directory = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int process = pidfd_open(pid, 0);
	if (directory < 0 || process < 0)
		fail_errno(request, "Process %d", pid);
	if (setns(process, namespaces))
		fail_errno(request, "Joining the namespaces of process %d", pid);
	if (setgroups(0, NULL) || setresgid(0, 0, 0) || setresuid(0, 0, 0))
		fail_errno(request, "Becoming root in the container of process %d", pid);
	if (fchdir(directory) || chroot("."))
		fail_errno(request, "Entering the root of process %d", pid);
	close(process);
	close(directory);
}

static void enter_directory(const struct request *request, const char *path)
{
	int directory = open(path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (directory < 0 || fchdir(directory) || chroot("."))
		fail_errno(request, "%s", path);
	close(directory);
}

void root_enter(const struct request *request, int index, struct root *root)
{
	root->proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root->proc < 0)
		fail_errno(request, "/proc");
	umask(0);
	if (strcmp(request_arg(request, index), "pid") == 0) {
		enter_container(request, (pid_t)request_number(request, index + 1));
		idmap_from_request(request, request->arg_count, &root->map);
		return;
	}
	idmap_from_request(request, index + 2, &root->map);
	enter_directory(request, request_arg(request, index + 1));
}

/* Links such as /proc/<pid>/root lead to wherever that process is; a container could lay them as traps. */
int root_open(const char *path, int flags)
{
	struct open_how how = { .flags = (unsigned int)flags | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS };

	return (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof(how));
}

int root_open_parent(const char *path, char *name)
{
	char parent[PATH_MAX];
	size_t length = strlen(path);

	while (length > 1 && path[length - 1] == '/')
		length--;
	size_t start = length;
	while (start > 0 && path[start - 1] != '/')
		start--;
	if (length - start > NAME_MAX || start + 2 > sizeof(parent)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	/* The root itself is its own "." */
	snprintf(name, NAME_MAX + 1, "%.*s", length > start ? (int)(length - start) : 1, length > start ? path + start : ".");
	snprintf(parent, sizeof(parent), "/%.*s", (int)start, path);
	return root_open(parent, O_PATH | O_DIRECTORY);
}

int root_reopen(const struct root *root, int fd, int flags)
{
	char path[64];

	snprintf(path, sizeof(path), "self/fd/%d", fd);
	return openat(root->proc, path, flags);
}
