#include "signals.h"

#include <signal.h>

static volatile sig_atomic_t cancelled;

void signals_reset(void)
{
	sigset_t none;

	for (int number = 1; number < NSIG; number++)
		signal(number, SIG_DFL); /* fails for SIGKILL, SIGSTOP and the two of the C library */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static void note(int number)
{
	(void)number;
	cancelled = 1;
}

void cancel_note(void)
{
	struct sigaction action = { .sa_handler = note, .sa_flags = SA_RESTART };

	sigaction(SIGTERM, &action, NULL);
}

bool cancel_noted(void)
{
	return cancelled;
}

sigset_t cancel_or_child(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGTERM);
	return set;
}

void cancel_or_child_block(void)
{
	sigset_t set = cancel_or_child();

	sigprocmask(SIG_BLOCK, &set, NULL);
}

void cancel_or_child_await(const struct timespec *limit)
{
	sigset_t set = cancel_or_child();

	if (sigtimedwait(&set, NULL, limit) == SIGTERM)
		cancelled = 1;
}
