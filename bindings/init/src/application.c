/* Becomes the application: its user, its directory, its terminal, its signals as every program expects them. */
#include "init.h"

#include <errno.h>
#include <grp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static void __attribute__((noreturn)) give_up(const char *what, const char *name)
{
	const int code = errno == ENOENT ? EXIT_NOT_FOUND : EXIT_CANNOT_RUN;

	complain(what, name);
	_exit(code);
}

/* What is typed at the console, ^C too, is the application's. */
static void take_terminal(void)
{
	if (setpgid(0, 0) == 0 && isatty(STDIN_FILENO))
		tcsetpgrp(STDIN_FILENO, getpid());
}

static void reset_signals(void)
{
	sigset_t none;

	for (int number = 1; number < NSIG; number++)
		signal(number, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static void become(const struct order *order)
{
	struct account account;

	account_find(order->uid, order->gid, &account);
	setenv("HOME", account.home, 0);
	setenv("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", 0);
	if (isatty(STDIN_FILENO))
		setenv("TERM", "xterm", 0);
	if (setgroups(account.count, account.groups) || setresgid(order->gid, order->gid, order->gid) ||
	    setresuid(order->uid, order->uid, order->uid))
		give_up("cannot become the user of", order->words[0]);
}

void application_run(const struct order *order)
{
	umask(022);
	take_terminal();
	become(order);
	if (chdir(order->directory))
		give_up("cannot enter", order->directory);
	reset_signals();
	execvp(order->words[0], order->words);
	give_up("cannot run", order->words[0]);
}
