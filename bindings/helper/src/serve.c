/* The main loop: a request becomes a worker; a worker that ended without its last answer is answered for. */
#include "serve.h"

#include "lxc.h"
#include "signals.h"
#include "wire.h"
#include "worker.h"
#include "workers.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define CLIENT_FD 3
#define SOCKET_BUFFER_BYTES (4 * 1024 * 1024)

struct server {
	int signals;
	bool stopping;
	struct workers workers;
	char buffer[MESSAGE_BYTES];
};

static const struct verb {
	const char *name;
	void (*run)(struct request *request);
	bool needs_liblxc;
} verbs[] = {
	{ "start", verb_start, true },
	{ "adopt", verb_adopt, true },
	{ "exec", verb_exec, true },
	{ "console", verb_console, true },
	{ "run", verb_run, false },
	{ "kill", verb_kill, false },
	{ "files", verb_files, false },
	{ "interfaces", verb_interfaces, false },
	{ "can-idmap", verb_can_idmap, false },
};

static const struct verb *verb_named(const char *name)
{
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (strcmp(verbs[i].name, name) == 0)
			return &verbs[i];
	return NULL;
}

static void work(struct server *server, struct request *request, const struct verb *verb, pid_t main_pid)
{
	close(server->signals);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != main_pid)
		_exit(EXIT_CANCELLED);
	signals_reset();
	verb->run(request);
	_exit(0);
}

static void start_worker(struct server *server, struct request *request)
{
	const struct verb *verb = verb_named(request->verb);
	pid_t main_pid = getpid();

	if (!verb) {
		error_send(request, "ENOSYS", ENOSYS, "The helper does not know this verb: client and helper differ in version.");
		return;
	}
	if (verb->needs_liblxc)
		liblxc_load();
	struct worker *worker = workers_add(&server->workers, request->id, verb->name);
	pid_t pid = worker ? fork() : -1;
	if (pid == 0)
		work(server, request, verb, main_pid);
	if (pid < 0) {
		const char *code = strerrorname_np(errno);
		error_send(request, code ? code : "EAGAIN", errno, "The helper cannot fork.");
		if (worker)
			workers_remove(&server->workers, worker);
		return;
	}
	worker->pid = pid;
}

static void accept_request(struct server *server)
{
	struct request request = { .socket = CLIENT_FD };
	enum received received = request_receive(&request, server->buffer);

	if (received == RECEIVED_END) {
		server->stopping = true;
		workers_cancel_all(&server->workers);
	}
	if (received == RECEIVED && strcmp(request.verb, "cancel") == 0 && request.arg_count == 1)
		workers_cancel(&server->workers, request.args[0]);
	else if (received == RECEIVED)
		start_worker(server, &request);
	request_release(&request);
}

static void accept_signal(struct server *server)
{
	struct signalfd_siginfo info;

	while (read(server->signals, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo != SIGTERM)
			continue;
		server->stopping = true;
		workers_cancel_all(&server->workers);
	}
	workers_reap(&server->workers, server->stopping ? -1 : CLIENT_FD);
}

static int loop(struct server *server)
{
	while (!server->stopping || server->workers.first) {
		struct pollfd ready[] = {
			{ .fd = server->signals, .events = POLLIN },
			{ .fd = server->stopping ? -1 : CLIENT_FD, .events = POLLIN },
		};
		if (poll(ready, 2, workers_wait_ms(&server->workers)) < 0 && errno != EINTR)
			return EXIT_FAILURE;
		if (ready[0].revents)
			accept_signal(server);
		if (ready[1].revents)
			accept_request(server);
		workers_kill_overdue(&server->workers);
	}
	return EXIT_SUCCESS;
}

static int catch_signals(void)
{
	sigset_t caught = cancel_or_child();

	if (sigprocmask(SIG_BLOCK, &caught, NULL))
		return -1;
	return signalfd(-1, &caught, SFD_CLOEXEC | SFD_NONBLOCK);
}

static int prepare_socket(void)
{
	int flags = fcntl(CLIENT_FD, F_GETFL), bytes = SOCKET_BUFFER_BYTES;

	if (flags < 0 || fcntl(CLIENT_FD, F_SETFL, flags & ~O_NONBLOCK) || fcntl(CLIENT_FD, F_SETFD, FD_CLOEXEC))
		return -1;
	return setsockopt(CLIENT_FD, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof(bytes));
}

/* Node raises its soft limit of open files to the hard one; what is started here gets the usual one. */
static void restore_file_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur != limit.rlim_max || limit.rlim_max <= 1024)
		return;
	limit.rlim_cur = 1024;
	setrlimit(RLIMIT_NOFILE, &limit);
}

static int prepare_process(int parent)
{
	signals_reset();
	if (prctl(PR_SET_PDEATHSIG, SIGTERM) || getppid() != parent)
		return -1;
	if (prctl(PR_SET_DUMPABLE, 0) || prctl(PR_SET_NAME, "lxworks-helper") || chdir("/"))
		return -1;
	umask(022);
	setsid(); /* so that ^C at the client's terminal does not reach what runs here */
	/* liblxc would run this program again in the middle of a request; it is a sealed copy already. */
	unsetenv("LXC_MEMFD_REXEC");
	restore_file_limit();
	return 0;
}

int serve(int parent)
{
	struct server *server = calloc(1, sizeof(*server));
	struct request hello = { .socket = CLIENT_FD, .id = "0" };
	struct reply ready;
	int status;

	if (!server || prepare_process(parent) || prepare_socket() || (server->signals = catch_signals()) < 0) {
		perror("lxworks-helper");
		return EXIT_FAILURE;
	}
	reply_begin(&ready, &hello);
	if (!reply_send(&ready, "ready", NULL, 0))
		return EXIT_FAILURE;
	status = loop(server);
	free(server);
	return status;
}
