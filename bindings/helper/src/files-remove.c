/* Removing a tree inside a root. No link is followed, and a mount point in it ends the removal with EBUSY or EXDEV. */
#include "files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static void remove_entry(const struct file_request *file, int parent, const char *name);

static int open_directory(int parent, const char *name)
{
	struct open_how how = {
		.flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC,
		.resolve = RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS,
	};

	return (int)syscall(SYS_openat2, parent, name, &how, sizeof(how));
}

static void empty(const struct file_request *file, int parent, const char *name)
{
	int fd = open_directory(parent, name);
	DIR *directory = fd < 0 ? NULL : fdopendir(fd);

	if (!directory)
		fail_errno(file->request, "%s: removing %s", file->path, name);
	for (struct dirent *entry; (entry = readdir(directory));)
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			remove_entry(file, fd, entry->d_name);
	closedir(directory);
}

static void remove_entry(const struct file_request *file, int parent, const char *name)
{
	if (unlinkat(parent, name, 0) == 0 || errno == ENOENT)
		return;
	if (errno != EISDIR && errno != EPERM)
		fail_errno(file->request, "%s: removing %s", file->path, name);
	empty(file, parent, name);
	if (unlinkat(parent, name, AT_REMOVEDIR) && errno != ENOENT)
		fail_errno(file->request, "%s: removing %s", file->path, name);
}

void file_remove_all(const struct file_request *file)
{
	char name[NAME_MAX + 1];
	struct stat facts;
	int parent = file_parent(file, name);

	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		fail(file->request, "EBUSY", EBUSY, "'%s' cannot be removed.", file->path);
	if (fstatat(parent, name, &facts, AT_SYMLINK_NOFOLLOW))
		fail_errno(file->request, "%s", file->path);
	remove_entry(file, parent, name);
	file_done(file);
}
