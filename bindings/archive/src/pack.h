#ifndef LXWORKS_PACK_H
#define LXWORKS_PACK_H

#include "walk.h"

/* Owner, mode, time, device, link target, xattrs and ACLs of what is visited, with the ids that the tree itself sees. */
void describe_entry(struct archive_entry *entry, const struct visit *visit, const struct request *request);

/* ---- compress.c ---- */

bool is_squashed(const struct compression *how);
/* Each gives the descriptor that takes the tar; what comes of it goes to FIRST_FD. */
int start_squashing(void);
int start_compressor(const struct compression *how);
/* When that descriptor is closed: waits, and fails with the compressor's reason. Nothing where there is none. */
void finish_compressor(void);

#endif
