/* console: passes bytes between a client and the console of a container, for one client at a time. */
#include "console.h"
#include "signals.h"
#include "worker.h"

#include <sys/socket.h>
#include <unistd.h>

void verb_console(struct request *request)
{
	struct lxc_container *container = container_open(request);
	struct console console;
	struct reply reply;
	int ends[2];

	if (container->init_pid(container) <= 0)
		fail(request, "LXC_NOT_RUNNING", ESRCH, "Container '%s' does not run.", request_arg(request, 0));
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
		fail_errno(request, "A pair of sockets");
	console_take(request, container, &console);
	console.client = ends[0];
	cancel_note();
	cancel_or_child_block();
	const int given[] = { ends[1], console.inside };
	reply_begin(&reply, request);
	reply_send(&reply, "executed", given, 2);
	close(ends[1]);
	console_relay(&console);
	reply_send(&reply, "ok", NULL, 0);
}
