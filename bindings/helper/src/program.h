/* A program that is being started, and what is known of it from outside. */
#ifndef LXWORKS_PROGRAM_H
#define LXWORKS_PROGRAM_H

#include "wire.h"

#include <sys/types.h>

struct program {
	char **argv;
	char **envp;
	/* NULL: stays where it is. */
	const char *cwd;
	/* Whether descriptor 0 becomes the controlling terminal. */
	bool terminal;
	/* Descriptors from here on do not survive the exec. */
	unsigned int first_closed;
	/* Where the child tells how far it came: [read, write]. */
	int status[2];
};

/* Makes the status pipe, above `first_closed`. */
void program_prepare(const struct request *request, struct program *program);
/* In the child: becomes the program, or reports why not and returns 127. */
int program_become(const struct program *program);
/* Returns once the exec was done; else fails the request, with `unreached` when the child died before program_become. */
void program_await_exec(const struct request *request, struct program *program, pid_t pid, const char *unreached);
/*
 * Announces the program (`announcement` has its fields; `ends`, which are closed here, ride along), waits for its end
 * and sends the last answer. A cancel kills the program with all its descendants.
 */
void program_watch(struct reply *announcement, pid_t pid, const int *ends, int end_count);

#endif
