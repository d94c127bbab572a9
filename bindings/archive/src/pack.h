#ifndef LXWORKS_PACK_H
#define LXWORKS_PACK_H

#include "walk.h"

/* Owner, mode, time, device, link target, xattrs and ACLs of what is visited, with the ids that the tree itself sees. */
void describe_entry(struct archive_entry *entry, const struct visit *visit, const struct request *request);

#endif
