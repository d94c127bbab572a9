#ifndef LXWORKS_TITLE_H
#define LXWORKS_TITLE_H

#include <stdbool.h>

/* From now on this process is listed so. */
void title_take(const char *title);

#endif
