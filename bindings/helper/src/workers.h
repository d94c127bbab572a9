/* The workers that run: who they are, and how they are ended. */
#ifndef LXWORKS_WORKERS_H
#define LXWORKS_WORKERS_H

#include <stdbool.h>
#include <sys/types.h>

struct worker {
	struct worker *next;
	pid_t pid;
	const char *verb;
	bool cancelled;
	/* When a cancelled worker is killed with everything below it; 0 for never. */
	long deadline_ms;
	char id[];
};

struct workers {
	struct worker *first;
};

struct worker *workers_add(struct workers *workers, const char *id, const char *verb);
void workers_remove(struct workers *workers, struct worker *worker);
/* Asks a worker to end. Nothing when there is none with this id. */
void workers_cancel(struct workers *workers, const char *id);
void workers_cancel_all(struct workers *workers);
/* For poll: ms until the next deadline, or -1. */
int workers_wait_ms(const struct workers *workers);
void workers_kill_overdue(struct workers *workers);
/* Collects those that ended; answers on `socket` (-1: nobody listens) for those that did not. */
void workers_reap(struct workers *workers, int socket);

#endif
