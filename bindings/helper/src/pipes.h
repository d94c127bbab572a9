/* The three standard streams of a program: its ends, and ours, which are non-blocking. */
#ifndef LXWORKS_PIPES_H
#define LXWORKS_PIPES_H

#include "wire.h"

#include <sys/types.h>

struct pipes {
	int theirs[3];
	int ours[3];
};

void pipes_make(const struct request *request, struct pipes *pipes);
/* So that the program may open /dev/stdout and the like. */
void pipes_give(const struct request *request, const struct pipes *pipes, uid_t owner);
void pipes_close_theirs(const struct pipes *pipes);

#endif
