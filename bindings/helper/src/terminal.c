#include "terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#define OPEN_TERMINAL (O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK)

static int from_devpts(struct lxc_container *container)
{
	int devpts = container->devpts_fd(container);

	if (devpts < 0)
		return -1;
	int master = openat(devpts, "ptmx", OPEN_TERMINAL | O_NOFOLLOW);
	close(devpts);
	return master;
}

/* The container may have put anything at that name: it must be on a devpts, and no link may lead out. */
static int from_root(struct lxc_container *container)
{
	struct open_how how = { .flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS };
	struct statfs facts;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/root", container->init_pid(container));
	int root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return -1;
	int found = (int)syscall(SYS_openat2, root, "dev/pts/ptmx", &how, sizeof(how));
	close(root);
	if (found < 0)
		return -1;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", found);
	int master = fstatfs(found, &facts) == 0 && facts.f_type == DEVPTS_SUPER_MAGIC ? open(path, OPEN_TERMINAL) : -1;
	close(found);
	return master;
}

void terminal_open(const struct request *request, struct lxc_container *container, struct terminal *terminal)
{
	int unlocked = 0;

	terminal->master = from_devpts(container);
	if (terminal->master < 0)
		terminal->master = from_root(container);
	if (terminal->master < 0)
		terminal->master = open("/dev/ptmx", OPEN_TERMINAL);
	if (terminal->master < 0)
		fail_errno(request, "No terminal");
	if (ioctl(terminal->master, TIOCSPTLCK, &unlocked))
		fail_errno(request, "Unlocking the terminal");
	terminal->slave = ioctl(terminal->master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (terminal->slave < 0)
		fail_errno(request, "The other end of the terminal");
}

void terminal_resize(const struct request *request, const struct terminal *terminal, long columns, long rows)
{
	struct winsize size = { .ws_col = (unsigned short)columns, .ws_row = (unsigned short)rows };

	if (ioctl(terminal->master, TIOCSWINSZ, &size))
		fail_errno(request, "Sizing the terminal");
}

void terminal_give(const struct request *request, const struct terminal *terminal, uid_t owner)
{
	if (fchown(terminal->slave, owner, (gid_t)-1))
		fail_errno(request, "Giving the terminal to uid %u", owner);
}
