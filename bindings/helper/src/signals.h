#ifndef LXWORKS_SIGNALS_H
#define LXWORKS_SIGNALS_H

#include <signal.h>
#include <stdbool.h>
#include <time.h>

/* Default dispositions and an empty mask: what a program started by us may expect. */
void signals_reset(void);
/* From here on SIGTERM is only noted. */
void cancel_note(void);
bool cancel_noted(void);
/* SIGTERM and SIGCHLD */
sigset_t cancel_or_child(void);
/* From here on SIGTERM and SIGCHLD wait until they are asked for; what came before is noted. */
void cancel_or_child_block(void);
/* Waits for one of them, for `limit` at most (NULL: for ever). */
void cancel_or_child_await(const struct timespec *limit);

#endif
