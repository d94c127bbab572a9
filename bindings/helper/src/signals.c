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
