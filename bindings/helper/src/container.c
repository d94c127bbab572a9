/* start and adopt: a container's init, and the monitor of liblxc that watches it. */
#include "lxc.h"
#include "monitor.h"
#include "signals.h"
#include "tree.h"
#include "worker.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct processes {
	pid_t pids[2]; /* init, monitor */
	int pidfds[2];
};

/* Each pidfd is opened before the process is seen to be still the same, so neither can belong to a successor of its pid. */
static bool find_processes(struct lxc_container *container, struct processes *found)
{
	found->pids[0] = container->init_pid(container);
	if (found->pids[0] <= 0)
		return false;
	found->pidfds[0] = pidfd_open(found->pids[0], 0);
	found->pids[1] = parent_of(found->pids[0]);
	if (found->pidfds[0] < 0 || found->pids[1] <= 1)
		return false;
	found->pidfds[1] = pidfd_open(found->pids[1], 0);
	return found->pidfds[1] >= 0 && parent_of(found->pids[0]) == found->pids[1] &&
	       container->init_pid(container) == found->pids[0];
}

static void answer(const struct request *request, const struct processes *found)
{
	struct reply reply;

	reply_begin(&reply, request);
	reply_add(&reply, "%d", found->pids[0]);
	reply_add(&reply, "%d", found->pids[1]);
	reply_send(&reply, "ok", found->pidfds, 2);
}

static void __attribute__((noreturn)) become_starter(struct lxc_container *container)
{
	/* Where newuidmap is on the path, liblxc uses it even for root, who needs no entry in /etc/subuid and no extra processes. */
	unsetenv("PATH");
	bool started = container->want_daemonize(container, true) && container->want_close_all_fds(container, true) &&
		       container->start(container, 0, NULL);
	_exit(started ? EXIT_SUCCESS : EXIT_FAILURE);
}

static void kill_tree(pid_t pid, void *none)
{
	(void)none;
	tree_signal(pid, SIGKILL);
}

/* A hook, or the container's init. The monitor itself lives to remove its cgroups. */
static void kill_below_monitor(pid_t child, void *starter)
{
	if (child != *(pid_t *)starter)
		each_child(child, kill_tree, NULL);
}

/* Waits for `pid`, or for all children (-1). A cancel kills, again and again, what the start has come to run. */
static int await(pid_t pid, pid_t starter)
{
	const struct timespec again = { .tv_nsec = 50000000 };
	int status = 0;

	for (;;) {
		pid_t ended = waitpid(pid, &status, WNOHANG);
		if (ended < 0 || (ended > 0 && pid > 0))
			return status;
		if (ended > 0)
			continue;
		cancel_or_child_await(cancel_noted() ? &again : NULL);
		if (cancel_noted())
			each_child(getpid(), kill_below_monitor, &starter);
	}
}

static void fail_start(const struct request *request, struct lxc_container *container, long log_from)
{
	char text[6000];

	container_log_tail(container, log_from, text, sizeof(text));
	fail(request, "LXC_START_FAILED", EIO, "Container '%s' does not start: %s", request_arg(request, 0),
	     text[0] ? text : "liblxc gives no reason; set lxc.log.file in its config to learn more.");
}

/*
 * liblxc moves the process that starts a container into the monitor's cgroup, which cannot be removed while it lives:
 * a child starts it, and is gone before the client hears of the start. The monitor is this worker's child until it ends.
 */
static void start(const struct request *request, struct lxc_container *container, const char *notes)
{
	long log_from = container_log_bytes(container);
	pid_t starter = fork();

	if (starter < 0)
		fail_errno(request, "The helper cannot fork");
	if (starter == 0 && notes)
		become_monitor(container, notes);
	if (starter == 0)
		become_starter(container);
	cancel_or_child_block();
	bool started = notes ? await_running(container, starter) : await(starter, starter) == 0;
	if (started && !cancel_noted())
		return;
	/* Where the starter is the monitor itself, what runs is right below it. */
	await(-1, notes ? 0 : starter);
	if (cancel_noted())
		_exit(EXIT_CANCELLED);
	fail_start(request, container, log_from);
}

void verb_start(struct request *request)
{
	struct processes found;

	prctl(PR_SET_CHILD_SUBREAPER, 1);
	cancel_note();
	struct lxc_container *container = container_open(request);
	if (container->init_pid(container) > 0)
		fail(request, "LXC_ALREADY_RUNNING", EBUSY, "Container '%s' runs already.", request_arg(request, 0));
	const char *notes = request->arg_count > 3 ? request_arg(request, 3) : NULL;
	start(request, container, notes);
	if (!find_processes(container, &found))
		fail(request, "LXC_START_FAILED", ESRCH, "Container '%s' started and ended at once.", request_arg(request, 0));
	if (notes)
		pidfd_send_signal(found.pidfds[0], SIGRTMIN + 1, NULL, 0); /* init waits until somebody sees it end */
	answer(request, &found);
}

void verb_adopt(struct request *request)
{
	struct lxc_container *container = container_open(request);
	struct processes found;
	struct reply none;

	if (find_processes(container, &found)) {
		answer(request, &found);
		return;
	}
	reply_begin(&none, request);
	reply_send(&none, "ok", NULL, 0);
}
