#ifndef LXWORKS_HOOK_H
#define LXWORKS_HOOK_H

int hook_post_stop(const char *directory);

#endif
