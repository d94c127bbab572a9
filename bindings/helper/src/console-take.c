#include "console.h"
#include "tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

/* The terminal that programs in the container see is the first one of its devpts. */
static int open_inside(const struct request *request, struct lxc_container *container)
{
	int devpts = container->devpts_fd(container);

	if (devpts < 0)
		fail(request, "LXC_NO_DEVPTS", ENOTSUP, "Container '%s' has no terminals of its own.", request_arg(request, 0));
	int terminal = openat(devpts, "0", O_RDWR | O_NOCTTY | O_NOFOLLOW | O_CLOEXEC);
	if (terminal < 0)
		fail_errno(request, "The console of container '%s'", request_arg(request, 0));
	close(devpts);
	return terminal;
}

static bool leads_to(int end, const struct stat *inside)
{
	struct stat found;
	int other = ioctl(end, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);

	if (other < 0)
		return false;
	bool same = fstat(other, &found) == 0 && found.st_dev == inside->st_dev && found.st_ino == inside->st_ino;
	close(other);
	return same;
}

static bool is_terminal_end(int directory, const char *name)
{
	char target[64];
	ssize_t length = readlinkat(directory, name, target, sizeof(target) - 1);

	if (length < 4)
		return false;
	target[length] = '\0';
	return strcmp(target + length - 4, "ptmx") == 0;
}

/* liblxc's monitor has the console's own end, and hands out only one whose bytes it passes on. */
static int open_keyboard(pid_t monitor, int inside)
{
	struct stat facts;
	struct dirent *entry;
	char path[64];
	int found = -1, process = pidfd_open(monitor, 0);

	snprintf(path, sizeof(path), "/proc/%d/fd", monitor);
	DIR *directory = opendir(path);
	if (process < 0 || !directory || fstat(inside, &facts))
		return -1;
	while (found < 0 && (entry = readdir(directory))) {
		if (!is_terminal_end(dirfd(directory), entry->d_name))
			continue;
		found = pidfd_getfd(process, atoi(entry->d_name), 0);
		if (found >= 0 && !leads_to(found, &facts)) {
			close(found);
			found = -1;
		}
	}
	closedir(directory);
	close(process);
	return found;
}

/* What liblxc hands out is a terminal too, which would echo and translate what the console does already. */
static void make_raw(const struct request *request, int terminal)
{
	struct termios settings;

	if (tcgetattr(terminal, &settings))
		fail_errno(request, "The console's terminal");
	cfmakeraw(&settings);
	if (tcsetattr(terminal, TCSANOW, &settings) || fcntl(terminal, F_SETFL, O_RDWR | O_NONBLOCK))
		fail_errno(request, "The console's terminal");
}

void console_take(const struct request *request, struct lxc_container *container, struct console *console)
{
	int number = 0;

	console->inside = open_inside(request, container);
	console->keyboard = open_keyboard(parent_of(container->init_pid(container)), console->inside);
	if (console->keyboard < 0)
		fail(request, "LXC_NO_CONSOLE", ENOENT, "Container '%s' was started without a console.", request_arg(request, 0));
	console->session = container->console_getfd(container, &number, &console->screen);
	if (console->session < 0)
		fail(request, "LXC_CONSOLE_BUSY", EBUSY, "The console of container '%s' is in use.", request_arg(request, 0));
	make_raw(request, console->screen);
}
