/* The console of a container, while somebody has it. */
#ifndef LXWORKS_CONSOLE_H
#define LXWORKS_CONSOLE_H

#include "lxc.h"

struct console {
	int client;   /* whoever looks at it and types */
	int session;  /* of liblxc: open as long as the console is taken */
	int screen;   /* where liblxc's monitor writes what is printed; non-blocking */
	int keyboard; /* the end of the terminal that is the console */
	int inside;   /* the other end, as programs in the container have it open */
};

/* Opens everything but the client. Fails the request when somebody has the console. */
void console_take(const struct request *request, struct lxc_container *container, struct console *console);

/* Returns when the client has left, the container has stopped or the worker was told to stop. The console is given back then. */
void console_relay(struct console *console);

#endif
