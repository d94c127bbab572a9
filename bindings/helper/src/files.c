/* files: looks at and changes one path inside a root. */
#include "files.h"

#include "worker.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LIMIT_SECONDS 30
#define ARG_ROOT 7

const char *file_type(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFDIR: return "directory";
	case S_IFLNK: return "symlink";
	case S_IFIFO: return "fifo";
	case S_IFSOCK: return "socket";
	case S_IFCHR: return "char";
	case S_IFBLK: return "block";
	default: return "file";
	}
}

void file_add_stat(const struct file_request *file, struct reply *reply, const struct stat *facts)
{
	reply_add(reply, "%s", file_type(facts->st_mode));
	reply_add(reply, "%u", facts->st_mode & 07777);
	reply_add(reply, "%u", idmap_inside(&file->root.map, 'u', facts->st_uid));
	reply_add(reply, "%u", idmap_inside(&file->root.map, 'g', facts->st_gid));
	reply_add(reply, "%lld", (long long)facts->st_size);
	reply_add(reply, "%lld.%06ld", (long long)facts->st_mtim.tv_sec, facts->st_mtim.tv_nsec / 1000);
}

void file_done(const struct file_request *file)
{
	struct reply reply;

	reply_begin(&reply, file->request);
	reply_send(&reply, "ok", NULL, 0);
	_exit(0);
}

static unsigned int stored_id(const struct file_request *file, char kind, long id)
{
	unsigned int stored = id == UNSET ? ~0U : idmap_outside(&file->root.map, kind, (unsigned int)id);

	if (id != UNSET && stored == ~0U)
		fail(file->request, "EINVAL", EINVAL, "%cid %ld is not mapped.", kind, id);
	return stored;
}

/* The mode comes last: a change of owner takes the setuid bit away. */
void file_own(const struct file_request *file, int fd)
{
	uid_t uid = stored_id(file, 'u', file->uid);
	gid_t gid = stored_id(file, 'g', file->gid);
	char path[64];

	if ((uid != (uid_t)-1 || gid != (gid_t)-1) && fchownat(fd, "", uid, gid, AT_EMPTY_PATH))
		fail_errno(file->request, "Owner of %s", file->path);
	if (file->mode == UNSET)
		return;
	snprintf(path, sizeof(path), "self/fd/%d", fd);
	if (fchmodat(file->root.proc, path, (mode_t)file->mode & 07777, 0))
		fail_errno(file->request, "Mode of %s", file->path);
}

int file_parent(const struct file_request *file, char *name)
{
	int parent = root_open_parent(file->path, name);

	if (parent < 0)
		fail_errno(file->request, "%s", file->path);
	return parent;
}

static void file_stat(const struct file_request *file)
{
	char name[NAME_MAX + 1];
	struct stat facts;
	struct reply reply;
	int parent = file_parent(file, name);

	if (fstatat(parent, name, &facts, AT_SYMLINK_NOFOLLOW))
		fail_errno(file->request, "%s", file->path);
	reply_begin(&reply, file->request);
	file_add_stat(file, &reply, &facts);
	reply_send(&reply, "ok", NULL, 0);
}

static void file_readlink(const struct file_request *file)
{
	char target[PATH_MAX + 1], name[NAME_MAX + 1];
	struct reply reply;
	int parent = file_parent(file, name);
	ssize_t length = readlinkat(parent, name, target, sizeof(target) - 1);

	if (length < 0)
		fail_errno(file->request, "%s", file->path);
	target[length] = '\0';
	reply_begin(&reply, file->request);
	reply_add(&reply, "%s", target);
	reply_send(&reply, "ok", NULL, 0);
}

static void file_list(const struct file_request *file)
{
	struct stat facts;
	struct reply reply;
	int fd = root_open(file->path, O_RDONLY | O_DIRECTORY);
	DIR *directory = fd < 0 ? NULL : fdopendir(fd);

	if (!directory)
		fail_errno(file->request, "%s", file->path);
	reply_begin(&reply, file->request);
	errno = 0;
	for (struct dirent *entry; (entry = readdir(directory)); errno = 0) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (fstatat(fd, entry->d_name, &facts, AT_SYMLINK_NOFOLLOW))
			continue; /* removed meanwhile */
		reply_add(&reply, "%s", entry->d_name);
		reply_add(&reply, "%s", file_type(facts.st_mode));
	}
	if (errno)
		fail_errno(file->request, "%s", file->path);
	reply_send(&reply, "ok", NULL, 0);
}

static void file_remove(const struct file_request *file)
{
	char name[NAME_MAX + 1];
	struct stat facts;
	int parent = file_parent(file, name);

	if (fstatat(parent, name, &facts, AT_SYMLINK_NOFOLLOW) ||
	    unlinkat(parent, name, S_ISDIR(facts.st_mode) ? AT_REMOVEDIR : 0))
		fail_errno(file->request, "%s", file->path);
}

static void file_mkdir(struct file_request *file)
{
	char name[NAME_MAX + 1];
	int parent = file_parent(file, name);

	if (mkdirat(parent, name, 0700))
		fail_errno(file->request, "%s", file->path);
	int fd = openat(parent, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		fail_errno(file->request, "%s", file->path);
	file->mode = file->mode == UNSET ? 0755 : file->mode;
	file->uid = file->uid == UNSET ? 0 : file->uid;
	file->gid = file->gid == UNSET ? 0 : file->gid;
	file_own(file, fd);
}

static void file_symlink(struct file_request *file)
{
	char name[NAME_MAX + 1];
	int parent = file_parent(file, name);

	if (symlinkat(file->target, parent, name))
		fail_errno(file->request, "%s", file->path);
	int fd = openat(parent, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		fail_errno(file->request, "%s", file->path);
	file->mode = UNSET;
	file->uid = file->uid == UNSET ? 0 : file->uid;
	file->gid = file->gid == UNSET ? 0 : file->gid;
	file_own(file, fd);
}

static void file_setattr(const struct file_request *file)
{
	int fd = root_open(file->path, O_PATH);

	if (fd < 0)
		fail_errno(file->request, "%s", file->path);
	file_own(file, fd);
}

static void operate(struct file_request *file, const char *operation)
{
	if (strcmp(operation, "open") == 0)
		file_open(file);
	else if (strcmp(operation, "stat") == 0)
		file_stat(file);
	else if (strcmp(operation, "readlink") == 0)
		file_readlink(file);
	else if (strcmp(operation, "list") == 0)
		file_list(file);
	else if (strcmp(operation, "remove") == 0)
		file_remove(file), file_done(file);
	else if (strcmp(operation, "removeAll") == 0)
		file_remove_all(file);
	else if (strcmp(operation, "mkdir") == 0)
		file_mkdir(file), file_done(file);
	else if (strcmp(operation, "symlink") == 0)
		file_symlink(file), file_done(file);
	else if (strcmp(operation, "setattr") == 0)
		file_setattr(file), file_done(file);
	else
		fail(file->request, "ENOSYS", ENOSYS, "'%s' is no file operation.", operation);
}

static long optional_number(const struct request *request, int index)
{
	return *request_arg(request, index) ? request_number(request, index) : UNSET;
}

/* Arguments: operation, path, access, target, mode, uid, gid, root… */
void verb_files(struct request *request)
{
	struct file_request file = {
		.request = request,
		.path = request_arg(request, 1),
		.access = request_arg(request, 2),
		.target = request_arg(request, 3),
		.mode = optional_number(request, 4),
		.uid = optional_number(request, 5),
		.gid = optional_number(request, 6),
	};

	alarm(LIMIT_SECONDS); /* its signal ends this worker, and main says why */
	root_enter(request, ARG_ROOT, &file.root);
	operate(&file, request_arg(request, 0));
}
