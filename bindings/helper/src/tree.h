#ifndef LXWORKS_TREE_H
#define LXWORKS_TREE_H

#include <sys/types.h>

/* Signals `pid` and every living descendant; all are stopped first, so that none escapes by forking. 0, or -1 with errno. */
int tree_signal(pid_t pid, int number);
/* Calls `seen` for the children that `pid` has now. */
typedef void child_seen(pid_t child, void *context);
void each_child(pid_t pid, child_seen *seen, void *context);
/* Fields of /proc/<pid>/stat. -1 when the process is gone. */
pid_t parent_of(pid_t pid);
pid_t session_of(pid_t pid);

#endif
