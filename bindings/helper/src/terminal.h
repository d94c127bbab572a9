#ifndef LXWORKS_TERMINAL_H
#define LXWORKS_TERMINAL_H

#include "lxc.h"

struct terminal {
	int master; /* ours, non-blocking */
	int slave;  /* the program's */
};

/* Opens a terminal of the container's own devpts, or of the host's where it has none, for `owner`. */
void terminal_open(const struct request *request, struct lxc_container *container, struct terminal *terminal);
void terminal_resize(const struct request *request, const struct terminal *terminal, long columns, long rows);
void terminal_give(const struct request *request, const struct terminal *terminal, uid_t owner);

#endif
