/*
 * liblxc's monitor passes the console's bytes on with writes that wait, and serves nobody while it waits: it would not even see the
 * container end. So it must never have to. What is printed is always read, and lost where the client does not take it in time. What is
 * typed does not pass through the monitor at all: a process of its own writes it, and waits where nobody in the container reads.
 */
#include "console.h"
#include "signals.h"

#include <poll.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static void type_until_end(const struct console *console)
{
	char bytes[4096];
	ssize_t length, written;

	while ((length = read(console->client, bytes, sizeof(bytes))) > 0)
		for (ssize_t done = 0; done < length; done += written)
			if ((written = write(console->keyboard, bytes + done, (size_t)(length - done))) < 0)
				return;
}

static pid_t start_typing(const struct console *console)
{
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	close(console->session);
	close(console->screen);
	type_until_end(console);
	_exit(0);
}

/* False when the container is gone, or the monitor has closed its end. */
static bool print(const struct console *console)
{
	char bytes[16 * 1024];
	ssize_t length = read(console->screen, bytes, sizeof(bytes));

	if (length < 0)
		return errno == EAGAIN || errno == EINTR;
	if (length > 0 && console->client >= 0)
		send(console->client, bytes, (size_t)length, MSG_NOSIGNAL | MSG_DONTWAIT);
	return length > 0;
}

static void pass_on(const struct console *console, int typing)
{
	struct pollfd ready[] = {
		{ .fd = console->screen, .events = POLLIN },
		{ .fd = console->client }, /* whether the other end was closed */
		{ .fd = typing, .events = POLLIN },
	};
	sigset_t none;

	sigemptyset(&none);
	while (!cancel_noted())
		if (ppoll(ready, 3, NULL, &none) > 0)
			if ((ready[0].revents && !print(console)) || ready[1].revents || ready[2].revents)
				return;
}

/* Until the monitor has closed its end, it may be in the middle of a write. */
static void give_back(struct console *console)
{
	sigset_t blocked = cancel_or_child();
	struct pollfd ready = { .fd = console->screen, .events = POLLIN };

	close(console->client);
	console->client = -1;
	close(console->session);
	while (ppoll(&ready, 1, NULL, &blocked) <= 0 || print(console))
		;
}

void console_relay(struct console *console)
{
	pid_t pid = start_typing(console);
	int typing = pid < 0 ? -1 : pidfd_open(pid, 0);

	if (typing >= 0)
		pass_on(console, typing);
	if (pid > 0) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	give_back(console);
}
