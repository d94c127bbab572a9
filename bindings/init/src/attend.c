#include "init.h"

#include <signal.h>
#include <stdbool.h>
#include <sys/wait.h>

/* True when the application is among those that have ended. */
static bool bury(pid_t application, int *status)
{
	bool over = false;
	int found;

	for (pid_t pid; (pid = waitpid(-1, &found, WNOHANG)) > 0;)
		if (pid == application) {
			*status = found;
			over = true;
		}
	return over;
}

int attend(pid_t application)
{
	int status = 0;
	sigset_t all;

	sigfillset(&all);
	for (;;) {
		int number = sigwaitinfo(&all, NULL);

		if (number == SIGCHLD) {
			if (bury(application, &status))
				return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
		} else if (number > 0) {
			kill(application, number);
		}
	}
}
