#include "idmap.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define OVERFLOW_ID 65534U

static void add(const struct request *request, struct idmap *map, struct id_range range)
{
	if (map->count == IDMAP_RANGES)
		fail(request, "EINVAL", EINVAL, "The id map has more than %d ranges.", IDMAP_RANGES);
	map->ranges[map->count++] = range;
}

void idmap_from_request(const struct request *request, int index, struct idmap *map)
{
	map->count = 0;
	for (int i = index; i < request->arg_count; i += 4)
		add(request, map, (struct id_range){
			.kind = request_arg(request, i)[0],
			.inside = (unsigned int)request_number(request, i + 1),
			.outside = (unsigned int)request_number(request, i + 2),
			.count = (unsigned int)request_number(request, i + 3),
		});
	if (map->count > 0)
		return;
	add(request, map, (struct id_range){ .kind = 'u', .count = ~0U });
	add(request, map, (struct id_range){ .kind = 'g', .count = ~0U });
}

void idmap_of_users(const struct request *request, pid_t pid, struct idmap *map)
{
	struct id_range range = { .kind = 'u' };
	char path[64];

	map->count = 0;
	snprintf(path, sizeof(path), "/proc/%d/uid_map", pid);
	FILE *file = fopen(path, "re");
	if (!file)
		fail_errno(request, "Process %d", pid);
	while (fscanf(file, "%u %u %u", &range.inside, &range.outside, &range.count) == 3)
		add(request, map, range);
	fclose(file);
}

unsigned int idmap_outside(const struct idmap *map, char kind, unsigned int inside)
{
	for (const struct id_range *range = map->ranges; range < map->ranges + map->count; range++)
		if (range->kind == kind && inside >= range->inside && inside - range->inside < range->count)
			return range->outside + (inside - range->inside);
	return ~0U;
}

unsigned int idmap_inside(const struct idmap *map, char kind, unsigned int outside)
{
	for (const struct id_range *range = map->ranges; range < map->ranges + map->count; range++)
		if (range->kind == kind && outside >= range->outside && outside - range->outside < range->count)
			return range->inside + (outside - range->outside);
	return OVERFLOW_ID;
}
