#ifndef LXWORKS_MONITOR_H
#define LXWORKS_MONITOR_H

#include "lxc.h"

#include <stdbool.h>
#include <sys/types.h>

/* Starts the container, waits for its end and leaves the exit code of its init in the file `exit-code` of the directory `notes`. */
void become_monitor(struct lxc_container *container, const char *notes) __attribute__((noreturn));
/* False when the monitor has ended, or the request was cancelled. */
bool await_running(struct lxc_container *container, pid_t monitor);

#endif
