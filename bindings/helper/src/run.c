/* run: a program on the host, with pipes. */
#include "pipes.h"
#include "program.h"
#include "signals.h"
#include "worker.h"

#include <fcntl.h>
#include <unistd.h>

#define FIRST_PASSED 3

/* First out of the way of the numbers they will have, then onto them. */
static int place(const int *fds, int count, int first, int above)
{
	int moved[3 + MESSAGE_FDS];

	for (int i = 0; i < count; i++) {
		moved[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, above);
		if (moved[i] < 0)
			return -1;
	}
	for (int i = 0; i < count; i++)
		if (dup2(moved[i], first + i) < 0)
			return -1;
	return 0;
}

static void become(const struct request *request, struct program *program, const struct pipes *pipes)
{
	int fds[3 + MESSAGE_FDS];

	for (int i = 0; i < 3; i++)
		fds[i] = pipes->theirs[i];
	for (int i = 0; i < request->fd_count; i++)
		fds[3 + i] = request->fds[i];
	if (place(fds, 3 + request->fd_count, 0, (int)program->first_closed))
		_exit(127);
	_exit(program_become(program));
}

/* Arguments: cwd or empty, number of argv, argv…, env… */
void verb_run(struct request *request)
{
	int argc = (int)request_number(request, 1);
	const char *cwd = request_arg(request, 0);
	struct program program = {
		.argv = request_list(request, 2, argc),
		.envp = request_list(request, 2 + argc, request->arg_count - 2 - argc),
		.cwd = *cwd ? cwd : NULL,
		.first_closed = FIRST_PASSED + (unsigned int)request->fd_count,
	};
	struct pipes pipes;
	struct reply reply;

	if (argc < 1 || program.argv[0][0] != '/')
		fail(request, "EINVAL", 22, "A program to run on the host needs an absolute path.");
	cancel_note();
	program_prepare(request, &program);
	pipes_make(request, &pipes);
	pid_t pid = fork();
	if (pid < 0)
		fail_errno(request, "The helper cannot fork");
	if (pid == 0)
		become(request, &program, &pipes);
	pipes_close_theirs(&pipes);
	for (int i = 0; i < request->fd_count; i++)
		close(request->fds[i]);
	request->fd_count = 0;
	program_await_exec(request, &program, pid, "EXEC_FAILED");
	reply_begin(&reply, request);
	reply_add(&reply, "%d", pid);
	program_watch(&reply, pid, pipes.ours, 3);
}
