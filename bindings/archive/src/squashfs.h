#ifndef LXWORKS_SQUASHFS_H
#define LXWORKS_SQUASHFS_H

#include "run.h"

#define UNSQUASHFS "/usr/bin/unsquashfs"

bool is_empty_directory(int fd);
/* A root with /usr, /archive (both read-only) and /target, and nothing else; no network. */
void enter_squashfs_root(void);
/* A program that root executes gets all capabilities of the bounding set: it is cut down first. */
void keep_only_file_capabilities_over_exec(void);

#endif
