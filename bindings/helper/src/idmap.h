/* Maps between the ids inside a user namespace and those of the host. */
#ifndef LXWORKS_IDMAP_H
#define LXWORKS_IDMAP_H

#include "wire.h"

#include <sys/types.h>

#define IDMAP_RANGES 340 /* what the kernel allows */

struct idmap {
	struct id_range {
		char kind; /* 'u' or 'g' */
		unsigned int inside, outside, count;
	} ranges[IDMAP_RANGES];
	int count;
};

/* From arguments, four for each range: uid or gid, inside, outside, count. None: the identity. */
void idmap_from_request(const struct request *request, int index, struct idmap *map);
/* From /proc/<pid>/uid_map; the kind 'u' only. */
void idmap_of_users(const struct request *request, pid_t pid, struct idmap *map);
/* (id)-1 when there is none. */
unsigned int idmap_outside(const struct idmap *map, char kind, unsigned int inside);
/* The overflow id where there is none. */
unsigned int idmap_inside(const struct idmap *map, char kind, unsigned int outside);

#endif
