#include "program.h"

#include "signals.h"
#include "tree.h"
#include "worker.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/close_range.h>
#include <sys/ioctl.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

enum step { STEP_REACHED, STEP_SETUP, STEP_CWD, STEP_EXEC };

struct progress {
	enum step step;
	int error;
};

void program_prepare(const struct request *request, struct program *program)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC))
		fail_errno(request, "No pipe for '%s'", program->argv[0]);
	program->status[0] = ends[0];
	program->status[1] = fcntl(ends[1], F_DUPFD_CLOEXEC, (int)program->first_closed);
	if (program->status[1] < 0)
		fail_errno(request, "No pipe for '%s'", program->argv[0]);
	close(ends[1]);
}

static void tell(const struct program *program, enum step step)
{
	struct progress progress = { .step = step, .error = errno };

	if (write(program->status[1], &progress, sizeof(progress)) < 0)
		_exit(127);
}

static const char *path_of(char *const envp[])
{
	for (; *envp; envp++)
		if (strncmp(*envp, "PATH=", 5) == 0)
			return *envp + 5;
	return DEFAULT_PATH;
}

/* As execvp does, but with the PATH of the program's own environment; the most telling error is kept. */
static void search_and_exec(char *const argv[], char *const envp[])
{
	char file[4096];
	int error = ENOENT;

	if (strchr(argv[0], '/')) {
		execve(argv[0], argv, envp);
		return;
	}
	for (const char *path = path_of(envp); argv[0][0] && path; path = strchr(path, ':')) {
		path += *path == ':';
		int length = (int)strcspn(path, ":");
		if (snprintf(file, sizeof(file), "%.*s/%s", length ? length : 1, length ? path : ".", argv[0]) >= (int)sizeof(file))
			continue;
		execve(file, argv, envp);
		if (errno != ENOENT && errno != ENOTDIR)
			error = errno;
		if (error != ENOENT && error != EACCES)
			break;
	}
	errno = error;
}

static int set_up(const struct program *program)
{
	signals_reset();
	setsid();
	/* liblxc leaves the terminal with mode 0700; this is what login gives it. */
	if (program->terminal && (ioctl(STDIN_FILENO, TIOCSCTTY, 0) || fchmod(STDIN_FILENO, 0620)))
		return -1;
	/* Orphans stay below the program, where a kill of its tree finds them. */
	if (prctl(PR_SET_CHILD_SUBREAPER, 1) || prctl(PR_SET_PDEATHSIG, SIGKILL))
		return -1;
	return close_range(program->first_closed, ~0U, CLOSE_RANGE_CLOEXEC);
}

int program_become(const struct program *program)
{
	tell(program, STEP_REACHED);
	if (set_up(program)) {
		tell(program, STEP_SETUP);
		return 127;
	}
	if (program->cwd && chdir(program->cwd)) {
		tell(program, STEP_CWD);
		return 127;
	}
	search_and_exec(program->argv, program->envp);
	tell(program, STEP_EXEC);
	return 127;
}

static ssize_t read_progress(int fd, struct progress *progress)
{
	ssize_t length;

	do
		length = read(fd, progress, sizeof(*progress));
	while (length < 0 && errno == EINTR);
	return length;
}

static void fail_step(const struct request *request, const struct program *program, const struct progress *progress)
{
	const char *file = program->argv[0], *reason = strerror(progress->error);
	const char *name = strerrorname_np(progress->error);

	if (progress->step == STEP_CWD)
		fail(request, "EXEC_CWD_MISSING", progress->error, "Working directory '%s': %s", program->cwd, reason);
	if (progress->step == STEP_EXEC && (progress->error == ENOENT || progress->error == ENOTDIR))
		fail(request, "EXEC_NOT_FOUND", progress->error, "Command '%s' is not found.", file);
	if (progress->step == STEP_EXEC)
		fail(request, "EXEC_NOT_EXECUTABLE", progress->error, "Command '%s' cannot be executed: %s", file, reason);
	fail(request, name ? name : "EIO", progress->error, "Command '%s' cannot be set up: %s", file, reason);
}

void program_await_exec(const struct request *request, struct program *program, pid_t pid, const char *unreached)
{
	struct progress progress;
	bool reached = false;

	close(program->status[1]);
	while (read_progress(program->status[0], &progress) == sizeof(progress)) {
		if (progress.step == STEP_REACHED) {
			reached = true;
			continue;
		}
		waitpid(pid, NULL, 0);
		fail_step(request, program, &progress);
	}
	close(program->status[0]);
	if (reached)
		return;
	waitpid(pid, NULL, 0);
	fail(request, unreached, EIO, "Command '%s' died before it could be executed.", program->argv[0]);
}

static int wait_for_end(pid_t pid)
{
	bool killed = false;
	int status;

	for (;;) {
		if (cancel_noted() && !killed) {
			tree_signal(pid, SIGKILL);
			killed = true;
		}
		pid_t ended = waitpid(pid, &status, WNOHANG);
		if (ended == pid)
			return status;
		if (ended < 0)
			_exit(EXIT_FAILURE);
		cancel_or_child_await(NULL);
	}
}

static void send_end(const struct request *request, int status)
{
	struct reply reply;

	reply_begin(&reply, request);
	reply_add(&reply, "%d", WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
	reply_add(&reply, "%d", WIFSIGNALED(status) ? WTERMSIG(status) : 0);
	reply_send(&reply, "ok", NULL, 0);
}

void program_watch(struct reply *announcement, pid_t pid, const int *ends, int end_count)
{
	const struct request *request = announcement->request;
	int fds[MESSAGE_FDS] = { pidfd_open(pid, 0) };

	cancel_or_child_block();
	memcpy(fds + 1, ends, (size_t)end_count * sizeof(int));
	bool announced = fds[0] >= 0 && !cancel_noted() && reply_send(announcement, "executed", fds, end_count + 1);
	for (int i = 0; i <= end_count; i++)
		close(fds[i]);
	if (!announced)
		tree_signal(pid, SIGKILL);
	int status = wait_for_end(pid);
	if (!announced)
		_exit(EXIT_CANCELLED);
	send_end(request, status);
}
