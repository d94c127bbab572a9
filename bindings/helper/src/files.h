/* The operations of `files`, below a root that was entered. Each answers or fails. */
#ifndef LXWORKS_FILES_H
#define LXWORKS_FILES_H

#include "root.h"

#include <sys/stat.h>
#include <sys/types.h>

#define UNSET (-1L)

struct file_request {
	const struct request *request;
	struct root root;
	const char *path;
	const char *access;
	const char *target;
	/* As the container sees them; UNSET where not given. */
	long mode, uid, gid;
};

void file_open(const struct file_request *file);
void file_remove_all(const struct file_request *file);

/* The directory of the path's last component, and that component, for which NAME_MAX + 1 bytes are needed. */
int file_parent(const struct file_request *file, char *name);
const char *file_type(mode_t mode);
/* Gives `fd` (O_PATH will do) the owner and mode that are set.. */
void file_own(const struct file_request *file, int fd);
void file_add_stat(const struct file_request *file, struct reply *reply, const struct stat *facts);
void file_done(const struct file_request *file) __attribute__((noreturn));

#endif
