#ifndef LXWORKS_SIGNALS_H
#define LXWORKS_SIGNALS_H

#include <stdbool.h>

/* Default dispositions and an empty mask: what a program started by us may expect. */
void signals_reset(void);
/* From here on SIGTERM is only noted. */
void cancel_note(void);
bool cancel_noted(void);

#endif
