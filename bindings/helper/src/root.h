/* A directory tree that becomes this worker's root: nothing named from then on is outside of it. */
#ifndef LXWORKS_ROOT_H
#define LXWORKS_ROOT_H

#include "idmap.h"

struct root {
	/* Owners as stored to owners as the container sees them; the identity inside a container's user namespace. */
	struct idmap map;
	/* The host's /proc, to open again what was looked at first. */
	int proc;
};

/* Arguments from `index`: `pid` and a number, or `path`, a path and the id map. */
void root_enter(const struct request *request, int index, struct root *root);
/* Opens a path below the root, through no link that a process file system makes up. -1 with errno. */
int root_open(const char *path, int flags);
/* Opens the directory that holds the last component of `path`, which `name` (of NAME_MAX + 1 bytes) gets. -1 with errno. */
int root_open_parent(const char *path, char *name);
/* Opens what `fd`, an O_PATH descriptor, stands for. */
int root_reopen(const struct root *root, int fd, int flags);

#endif
