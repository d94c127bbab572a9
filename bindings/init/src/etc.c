#include "init.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

void directory_make(const char *path)
{
	char copy[PATH_MAX];
	const size_t length = strlen(path);

	if (length >= sizeof(copy))
		return;
	memcpy(copy, path, length + 1);
	for (char *at = strchr(copy + 1, '/'); at; at = strchr(at + 1, '/')) {
		*at = '\0';
		mkdir(copy, 0755);
		*at = '/';
	}
	mkdir(copy, 0755); /* whether it is there is seen when it is entered */
}

/* The container's root is ours already: whatever links an image has there, they lead nowhere else. */
static void show(const char *name)
{
	char from[64], to[64];

	snprintf(from, sizeof(from), PLACE "%s", name);
	snprintf(to, sizeof(to), "/etc/%s", name);
	if (access(from, F_OK))
		return;
	int fd = open(to, O_WRONLY | O_CREAT | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0644);
	if (fd >= 0)
		close(fd);
	if (mount(from, to, NULL, MS_BIND, NULL))
		complain("cannot set up", to);
}

void etc_prepare(void)
{
	mkdir("/etc", 0755);
	show("hostname");
	show("hosts");
	show("resolv.conf");
}
