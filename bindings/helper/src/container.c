/* start and adopt: a container's init, and the monitor of liblxc that watches it. */
#include "lxc.h"
#include "signals.h"
#include "tree.h"
#include "worker.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#define EXIT_STARTED 10

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

static void fail_start(const struct request *request, struct lxc_container *container, long log_from)
{
	char text[6000];

	container_log_tail(container, log_from, text, sizeof(text));
	if (!text[0] && container->error_string)
		snprintf(text, sizeof(text), "%s", container->error_string);
	fail(request, "LXC_START_FAILED", container->error_num, "Container '%s' does not start: %s", request_arg(request, 0),
	     text[0] ? text : "liblxc gives no reason; set lxc.log.file in its config to learn more.");
}

static void __attribute__((noreturn)) become_starter(const struct request *request, struct lxc_container *container)
{
	long log_from = container_log_bytes(container);

	/* Where newuidmap is on the path, liblxc uses it even for root, who needs no entry in /etc/subuid and no extra processes. */
	unsetenv("PATH");
	if (!container->want_daemonize(container, true) || !container->want_close_all_fds(container, true) ||
	    !container->start(container, 0, NULL))
		fail_start(request, container, log_from);
	_exit(EXIT_STARTED);
}

/*
 * liblxc moves the process that starts a container into the monitor's cgroup, which cannot be removed while it lives:
 * a child starts it, and is gone before the client hears of the start.
 */
static void start(const struct request *request, struct lxc_container *container)
{
	pid_t starter = fork();
	int status;

	if (starter < 0)
		fail_errno(request, "The helper cannot fork");
	if (starter == 0)
		become_starter(request, container);
	if (waitpid(starter, &status, 0) != starter || !WIFEXITED(status))
		_exit(EXIT_FAILURE);
	if (WEXITSTATUS(status) != EXIT_STARTED)
		_exit(WEXITSTATUS(status)); /* it answered itself */
}

void verb_start(struct request *request)
{
	struct processes found;

	/* Cancelling must find the monitor: until this worker has ended, it is its child. */
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	cancel_note();
	struct lxc_container *container = container_open(request);
	if (container->init_pid(container) > 0)
		fail(request, "LXC_ALREADY_RUNNING", EBUSY, "Container '%s' runs already.", request_arg(request, 0));
	start(request, container);
	if (cancel_noted()) {
		container->stop(container);
		_exit(EXIT_CANCELLED);
	}
	if (!find_processes(container, &found))
		fail(request, "LXC_START_FAILED", ESRCH, "Container '%s' started and ended at once.", request_arg(request, 0));
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
