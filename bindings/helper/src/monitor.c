/*
 * The monitor of an application's container. liblxc tells how init ended only to the process that waits for it, and its own background
 * process keeps that to itself: so this process becomes the monitor, and notes the exit code when the container is over.
 */
#include "monitor.h"
#include "signals.h"
#include "title.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>


enum { TITLE_BYTES = 8192 };

/* As liblxc calls its own: by this title others see that there is a monitor. */
static void take_title(struct lxc_container *container)
{
	char title[TITLE_BYTES];

	snprintf(title, sizeof(title), "[lxc monitor] %s %s", container->config_path, container->name);
	title_take(title);
}

static void leave_everything(void)
{
	int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int fd = STDIN_FILENO; nothing >= 0 && fd <= STDERR_FILENO; fd++)
		dup2(nothing, fd);
	setsid();
	if (chdir("/"))
		_exit(EXIT_FAILURE);
}

/* liblxc hands on a status as waitpid() has it, with the number of the signal in the place of the code where init was killed. */
static void note_exit(const char *directory, int status)
{
	int parent = open(directory, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	int file = parent < 0 ? -1 : openat(parent, "exit-code", O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (file >= 0)
		dprintf(file, "%d\n", WEXITSTATUS(status));
}

void become_monitor(struct lxc_container *container, const char *notes)
{
	sigset_t all;

	take_title(container);
	leave_everything();
	/* Init inherits the mask: a signal that comes before it listens is kept for it. */
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	bool over = container->want_daemonize(container, false) && container->want_close_all_fds(container, true) &&
		    container->start(container, 0, NULL);
	if (over)
		note_exit(notes, container->error_num);
	_exit(over ? EXIT_SUCCESS : EXIT_FAILURE);
}

bool await_running(struct lxc_container *container, pid_t monitor)
{
	const struct timespec again = { .tv_nsec = 2000000 };
	int status;

	while (waitpid(monitor, &status, WNOHANG) == 0 && !cancel_noted()) {
		if (container->is_running(container) && container->init_pid(container) > 0)
			return true;
		cancel_or_child_await(&again);
	}
	return false;
}
