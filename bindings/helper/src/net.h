/* Reads of rtnetlink. */
#ifndef LXWORKS_NET_H
#define LXWORKS_NET_H

#include "wire.h"

#include <linux/rtnetlink.h>

/* Calls `each` for every message of a dump in the network namespace of this process. */
void netlink_dump(const struct request *request, int type,
		  void (*each)(const struct nlmsghdr *message, void *context), void *context);
/* Sorts the attributes of a message by type; absent ones are NULL. */
void netlink_attributes(const struct rtattr *first, size_t length, const struct rtattr **table, unsigned short max);

#endif
