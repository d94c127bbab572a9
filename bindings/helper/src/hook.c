#include "hook.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int note_reboot(const char *directory)
{
	int parent = open(directory, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (parent < 0)
		return -1;
	int file = openat(parent, "reboot-requested", O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	close(parent);
	return file < 0 ? -1 : close(file);
}

/* A post-stop hook that fails makes liblxc stop where it would start the container again by itself, with a config that may be old. */
int hook_post_stop(const char *directory)
{
	const char *target = getenv("LXC_TARGET");

	if (!target || strcmp(target, "reboot") != 0)
		return EXIT_SUCCESS;
	if (note_reboot(directory))
		perror("lxworks-helper: noting that a reboot was requested");
	return EXIT_FAILURE;
}
