/*
 * lxworks-init: the first process of an application's container. It runs what the host ordered, hands it the signals that come,
 * buries what ends, and ends as it ends.
 */
#include "init.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

void complain(const char *what, const char *name)
{
	dprintf(STDERR_FILENO, "lxworks-init: %s %s: %s\n", what, name, strerror(errno));
}

char *content_of(const char *path, size_t *size)
{
	/* Whatever an image has put there: it does not wait. */
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	char *text = fd < 0 ? NULL : malloc(TABLE_BYTES + 1);

	*size = 0;
	for (ssize_t got = 1; text && got > 0 && *size < TABLE_BYTES; *size += got > 0 ? (size_t)got : 0)
		got = read(fd, text + *size, TABLE_BYTES - *size);
	if (text)
		text[*size] = '\0';
	if (fd >= 0)
		close(fd);
	return text;
}

/* The host says when it has taken hold of this process. One that was lost on the way must not keep the application waiting. */
static void await_host(void)
{
	const struct timespec limit = { .tv_sec = 10 };
	sigset_t go;

	sigemptyset(&go);
	sigaddset(&go, SIGRTMIN + 1);
	while (sigtimedwait(&go, NULL, &limit) < 0 && errno == EINTR)
		;
}

int main(void)
{
	struct order order;
	sigset_t all;

	if (getpid() != 1) {
		fputs("lxworks-init: runs in a container only, as its first process\n", stderr);
		return EXIT_CANNOT_RUN;
	}
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	await_host();
	if (order_read(&order))
		return EXIT_CANNOT_RUN;
	etc_prepare();
	directory_make(order.directory);
	pid_t application = fork();
	if (application == 0)
		application_run(&order);
	if (application < 0) {
		complain("cannot run", order.words[0]);
		return EXIT_CANNOT_RUN;
	}
	return attend(application);
}
