/* liblxc, loaded only where it is needed: the helper runs on machines without it. */
#ifndef LXWORKS_LXC_H
#define LXWORKS_LXC_H

#include "wire.h"

#include <errno.h> /* LXC_ATTACH_OPTIONS_DEFAULT uses EBADF without it */
#include <lxc/lxccontainer.h>

/* Loads the library once; later calls return at once. Failing is reported by container_open. */
void liblxc_load(void);
/* The container of the first three arguments: name, directory, config file. Fails the request when it cannot. */
struct lxc_container *container_open(const struct request *request);
/* Adds what liblxc said in its log since it had `from` bytes to `text`. */
void container_log_tail(struct lxc_container *container, long from, char *text, size_t room);
long container_log_bytes(struct lxc_container *container);

#endif
