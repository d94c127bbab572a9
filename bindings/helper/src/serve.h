#ifndef LXWORKS_SERVE_H
#define LXWORKS_SERVE_H

/* Answers requests until the client is gone, then ends what the workers do and returns the exit code. `parent` is who must live. */
int serve(int parent);

#endif
