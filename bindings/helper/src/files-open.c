/* Opening a regular file, which a program in the container may swap for something else at any moment. */
#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LINKS_MAX 40

static int access_flags(const struct file_request *file)
{
	if (strcmp(file->access, "read") == 0)
		return O_RDONLY;
	return O_WRONLY | (strcmp(file->access, "append") == 0 ? O_APPEND : O_TRUNC);
}

/* Opening a fifo may block and opening a device may have effects, so the file is looked at before it is opened. */
static int open_found(const struct file_request *file, int found)
{
	struct stat facts;

	if (fstat(found, &facts))
		fail_errno(file->request, "%s", file->path);
	if (S_ISDIR(facts.st_mode))
		fail(file->request, "EISDIR", EISDIR, "%s is a directory.", file->path);
	if (!S_ISREG(facts.st_mode))
		fail(file->request, "EOPNOTSUPP", EOPNOTSUPP, "%s is a %s; only regular files are opened.", file->path,
		     file_type(facts.st_mode));
	int fd = root_reopen(&file->root, found, access_flags(file) | O_CLOEXEC);
	if (fd < 0)
		fail_errno(file->request, "%s", file->path);
	return fd;
}

static int create(const struct file_request *file, const char *path)
{
	struct file_request owned = *file;
	char name[NAME_MAX + 1];
	int parent = root_open_parent(path, name);
	int fd = parent < 0 ? -1 : openat(parent, name, access_flags(file) | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0)
		return -1;
	close(parent);
	owned.mode = file->mode == UNSET ? 0644 : file->mode;
	owned.uid = file->uid == UNSET ? 0 : file->uid;
	owned.gid = file->gid == UNSET ? 0 : file->gid;
	file_own(&owned, fd);
	return fd;
}

/* `path` becomes what the dangling link there names. */
static void follow(const struct file_request *file, char *path)
{
	char target[PATH_MAX], joined[2 * PATH_MAX], name[NAME_MAX + 1];
	int directory = root_open_parent(path, name);
	ssize_t length = directory < 0 ? -1 : readlinkat(directory, name, target, sizeof(target) - 1);

	if (length < 0)
		fail_errno(file->request, "%s", file->path);
	close(directory);
	target[length] = '\0';
	char *slash = strrchr(path, '/');
	int parent = target[0] == '/' || !slash ? 0 : (int)(slash - path) + 1;
	if (snprintf(joined, sizeof(joined), "%.*s%s", parent, path, target) >= PATH_MAX)
		fail(file->request, "ENAMETOOLONG", ENAMETOOLONG, "%s leads to a path that is too long.", file->path);
	strcpy(path, joined);
}

static int open_or_create(const struct file_request *file)
{
	char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s", file->path) >= (int)sizeof(path))
		fail(file->request, "ENAMETOOLONG", ENAMETOOLONG, "The path is too long.");
	for (int links = 0; links < LINKS_MAX; links++) {
		int found = root_open(path, O_PATH);
		if (found >= 0)
			return open_found(file, found);
		if (errno != ENOENT || strcmp(file->access, "read") == 0)
			fail_errno(file->request, "%s", file->path);
		int created = create(file, path);
		if (created >= 0)
			return created;
		if (errno != EEXIST)
			fail_errno(file->request, "%s", file->path);
		follow(file, path);
	}
	fail(file->request, "ELOOP", ELOOP, "%s leads through too many links.", file->path);
}

void file_open(const struct file_request *file)
{
	struct stat facts;
	struct reply reply;
	int fd = open_or_create(file);

	if (fstat(fd, &facts))
		fail_errno(file->request, "%s", file->path);
	reply_begin(&reply, file->request);
	file_add_stat(file, &reply, &facts);
	reply_send(&reply, "ok", &fd, 1);
}
