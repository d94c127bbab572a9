/* can-idmap: whether the file system of a path can be mounted with shifted ids. A mount is made for it and never attached. */
#include "worker.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* glibc's <sys/mount.h> clashes with <linux/mount.h> */
#ifndef OPEN_TREE_CLONE
#define OPEN_TREE_CLONE 1
#endif
#ifndef OPEN_TREE_CLOEXEC
#define OPEN_TREE_CLOEXEC O_CLOEXEC
#endif

static void write_map(const struct request *request, pid_t pid, const char *name)
{
	const char map[] = "0 100000 65536";
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, map, strlen(map)) < 0)
		fail_errno(request, "%s", path);
	close(fd);
}

/* A namespace needs a process for a moment; it waits on a pipe that closes. */
static pid_t fork_into_namespace(const struct request *request, int *release)
{
	int ready[2], held[2];
	char byte = 0;

	if (pipe2(ready, O_CLOEXEC) || pipe2(held, O_CLOEXEC))
		fail_errno(request, "No pipe");
	pid_t pid = fork();
	if (pid < 0)
		fail_errno(request, "The helper cannot fork");
	if (pid == 0) {
		close(held[1]);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (unshare(CLONE_NEWUSER) || write(ready[1], &byte, 1) != 1)
			_exit(1);
		_exit(read(held[0], &byte, 1) != 0);
	}
	close(ready[1]);
	close(held[0]);
	if (read(ready[0], &byte, 1) != 1)
		fail(request, "EPERM", EPERM, "No user namespace can be made.");
	close(ready[0]);
	*release = held[1];
	return pid;
}

static int user_namespace(const struct request *request)
{
	char path[64];
	int release;
	pid_t pid = fork_into_namespace(request, &release);

	write_map(request, pid, "uid_map");
	write_map(request, pid, "gid_map");
	snprintf(path, sizeof(path), "/proc/%d/ns/user", pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		fail_errno(request, "%s", path);
	close(release);
	waitpid(pid, NULL, 0);
	return fd;
}

void verb_can_idmap(struct request *request)
{
	const char *path = request_arg(request, 0);
	struct mount_attr attributes = { .attr_set = MOUNT_ATTR_IDMAP };
	struct reply reply;
	int tree = (int)syscall(SYS_open_tree, AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);

	if (tree < 0)
		fail_errno(request, "%s", path);
	attributes.userns_fd = (unsigned long long)user_namespace(request);
	long result = syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH, &attributes, sizeof(attributes));
	reply_begin(&reply, request);
	reply_add(&reply, "%d", result == 0);
	reply_send(&reply, "ok", NULL, 0);
}
