/* The words under which a process is listed. */
#include "title.h"

#include <linux/prctl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

enum { FIRST_CODE = 26, FIRST_DATA = 45, FIELDS = 52 };

/* Where the parts of this process lie, by their number in /proc/self/stat. */
static bool read_layout(unsigned long long fields[FIELDS])
{
	char text[4096];
	FILE *file = fopen("/proc/self/stat", "re");
	size_t length = file ? fread(text, 1, sizeof(text) - 1, file) : 0;
	char *at;

	if (file)
		fclose(file);
	text[length] = '\0';
	at = strrchr(text, ')'); /* the end of the second field, which may hold anything */
	for (int i = 3; at && i < FIELDS; i++) {
		at = strchr(at + 1, ' ');
		fields[i] = at ? strtoull(at + 1, NULL, 10) : 0;
	}
	return at != NULL;
}

void title_take(const char *title)
{
	unsigned long long fields[FIELDS] = { 0 };
	const size_t size = strlen(title) + 1;
	char *words = malloc(size);

	if (!words || !read_layout(fields))
		return;
	memcpy(words, title, size);
	const struct prctl_mm_map map = {
		.start_code = fields[FIRST_CODE], .end_code = fields[FIRST_CODE + 1], .start_stack = fields[FIRST_CODE + 2],
		.start_data = fields[FIRST_DATA], .end_data = fields[FIRST_DATA + 1], .start_brk = fields[FIRST_DATA + 2],
		.brk = (uintptr_t)sbrk(0), .arg_start = (uintptr_t)words, .arg_end = (uintptr_t)words + size,
		.env_start = fields[FIRST_DATA + 5], .env_end = fields[FIRST_DATA + 6], .exe_fd = (uint32_t)-1,
	};
	prctl(PR_SET_MM, PR_SET_MM_MAP, &map, sizeof(map), 0); /* a kernel that cannot leaves the title as it was */
}
