/* What a worker can be asked: one function per verb. Each sends its answer itself; returning or _exit(0) says that it did. */
#ifndef LXWORKS_WORKER_H
#define LXWORKS_WORKER_H

#include "wire.h"

/* A worker that was told to stop before it could answer ends with this; main answers for it. */
#define EXIT_CANCELLED 75

void verb_start(struct request *request);
void verb_adopt(struct request *request);
void verb_exec(struct request *request);
void verb_console(struct request *request);
void verb_run(struct request *request);
void verb_kill(struct request *request);
void verb_files(struct request *request);
void verb_interfaces(struct request *request);
void verb_can_idmap(struct request *request);

#endif
