/* exec: a command in a container's namespaces, cgroups and security context. */
#include "idmap.h"
#include "lxc.h"
#include "pipes.h"
#include "program.h"
#include "signals.h"
#include "terminal.h"
#include "worker.h"

#include <unistd.h>

#define ARG_CWD 3
#define ARG_UID 4
#define ARG_GID 5
#define ARG_COLUMNS 6
#define ARG_ROWS 7
#define ARG_ARGC 8
#define ARG_ARGV 9

/* What the command gets as its standard streams, and what goes to the client. */
struct streams {
	int theirs[3];
	int ours[3];
	int count;
};

static uid_t host_uid(const struct request *request, struct lxc_container *container)
{
	struct idmap map;
	uid_t inside = (uid_t)request_number(request, ARG_UID);

	idmap_of_users(request, container->init_pid(container), &map);
	uid_t outside = idmap_outside(&map, 'u', inside);
	if (outside == (uid_t)-1)
		fail(request, "EINVAL", EINVAL, "Uid %u is not mapped in container '%s'.", inside, request_arg(request, 0));
	return outside;
}

static void open_terminal(const struct request *request, struct lxc_container *container, struct streams *streams)
{
	struct terminal terminal;

	terminal_open(request, container, &terminal);
	terminal_resize(request, &terminal, request_number(request, ARG_COLUMNS), request_number(request, ARG_ROWS));
	terminal_give(request, &terminal, host_uid(request, container));
	*streams = (struct streams){
		.theirs = { terminal.slave, terminal.slave, terminal.slave },
		.ours = { terminal.master },
		.count = 1,
	};
}

static void open_pipes(const struct request *request, struct lxc_container *container, struct streams *streams)
{
	struct pipes pipes;

	pipes_make(request, &pipes);
	pipes_give(request, &pipes, host_uid(request, container));
	for (int i = 0; i < 3; i++) {
		streams->theirs[i] = pipes.theirs[i];
		streams->ours[i] = pipes.ours[i];
	}
	streams->count = 3;
}

static void close_theirs(const struct streams *streams)
{
	int count = streams->count == 1 ? 1 : 3;

	for (int i = 0; i < count; i++)
		close(streams->theirs[i]);
}

static int become(void *program)
{
	return program_become(program);
}

static pid_t attach(const struct request *request, struct lxc_container *container, struct program *program,
		    const struct streams *streams)
{
	lxc_attach_options_t options = LXC_ATTACH_OPTIONS_DEFAULT;
	pid_t pid = -1;

	options.uid = (uid_t)request_number(request, ARG_UID);
	options.gid = (gid_t)request_number(request, ARG_GID);
	options.env_policy = LXC_ATTACH_CLEAR_ENV;
	options.stdin_fd = streams->theirs[0];
	options.stdout_fd = streams->theirs[1];
	options.stderr_fd = streams->theirs[2];
	long log_from = container_log_bytes(container);
	if (container->attach(container, become, program, &options, &pid) == 0 && pid > 0)
		return pid;
	char reason[4000];
	container_log_tail(container, log_from, reason, sizeof(reason));
	fail(request, "LXC_ATTACH_FAILED", EIO, "Container '%s' cannot be entered: %s", request_arg(request, 0),
	     reason[0] ? reason : "liblxc gives no reason.");
}

void verb_exec(struct request *request)
{
	int argc = (int)request_number(request, ARG_ARGC);
	struct program program = {
		.argv = request_list(request, ARG_ARGV, argc),
		.envp = request_list(request, ARG_ARGV + argc, request->arg_count - ARG_ARGV - argc),
		.cwd = request_arg(request, ARG_CWD),
		.terminal = request_number(request, ARG_COLUMNS) > 0,
		.first_closed = 3,
	};
	struct streams streams;
	struct reply reply;

	if (argc < 1)
		fail(request, "EINVAL", EINVAL, "A command needs a name.");
	cancel_note();
	struct lxc_container *container = container_open(request);
	if (container->init_pid(container) <= 0)
		fail(request, "LXC_NOT_RUNNING", ESRCH, "Container '%s' does not run.", request_arg(request, 0));
	if (program.terminal)
		open_terminal(request, container, &streams);
	else
		open_pipes(request, container, &streams);
	program_prepare(request, &program);
	pid_t pid = attach(request, container, &program, &streams);
	close_theirs(&streams);
	program_await_exec(request, &program, pid, "LXC_ATTACH_FAILED");
	reply_begin(&reply, request);
	reply_add(&reply, "%d", pid);
	program_watch(&reply, pid, streams.ours, streams.count);
}
