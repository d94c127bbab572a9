/* What the files of lxworks-init share. */
#ifndef LXWORKS_INIT_H
#define LXWORKS_INIT_H

#include <sys/types.h>

/* Where the host shows what is to be run, read-only. */
#define PLACE "/dev/.lxworks/"
enum { EXIT_CANNOT_RUN = 126, EXIT_NOT_FOUND = 127, TABLE_BYTES = 1024 * 1024, MOST_GROUPS = 64 };

/* What the host wants run. */
struct order {
	uid_t uid;
	gid_t gid;
	const char *directory;
	char **words; /* ended by NULL; at least one */
};

void complain(const char *what, const char *name);
/* The file's content, at most TABLE_BYTES, ended by a zero byte; NULL when it cannot be read. */
char *content_of(const char *path, size_t *size);

/* order.c: 0, or -1 after a complaint. */
int order_read(struct order *order);

/* etc.c: what the host knows of names and addresses, in the places where programs look for it. */
void etc_prepare(void);
void directory_make(const char *path);

/* account.c: what the container's own tables say of a user. */
struct account {
	char home[4096];
	gid_t groups[MOST_GROUPS];
	size_t count;
};

void account_find(uid_t uid, gid_t gid, struct account *account);

/* application.c */
void application_run(const struct order *order) __attribute__((noreturn));

/* attend.c: the exit code of `application`, whose signals and orphans are looked after until it ends. */
int attend(pid_t application);

#endif
