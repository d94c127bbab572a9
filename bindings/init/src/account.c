#include "init.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The next field of a line of a table, or NULL at its end. */
static char *field(char **line)
{
	return strsep(line, ":");
}

static bool is_number(const char *text, unsigned long wanted)
{
	char *end = NULL;

	return text && *text >= '0' && *text <= '9' && strtoul(text, &end, 10) == wanted && *end == '\0';
}

/* The user's name, out of the table that it is kept in. */
static char *find_user(char *table, uid_t uid, struct account *account)
{
	for (char *line; (line = strsep(&table, "\n"));) {
		char *name = field(&line), *password = field(&line), *number = field(&line);
		char *group = field(&line), *gecos = field(&line), *home = field(&line);

		(void)password, (void)group, (void)gecos;
		if (!is_number(number, uid))
			continue;
		if (home && *home == '/')
			snprintf(account->home, sizeof(account->home), "%s", home);
		return name;
	}
	return NULL;
}

static bool is_member(char *members, const char *user)
{
	for (char *member; (member = strsep(&members, ","));)
		if (strcmp(member, user) == 0)
			return true;
	return false;
}

static void find_groups(char *table, const char *user, struct account *account)
{
	for (char *line; (line = strsep(&table, "\n")) && account->count < MOST_GROUPS;) {
		char *name = field(&line), *password = field(&line), *number = field(&line);

		(void)name, (void)password;
		if (number && line && is_member(line, user) && is_number(number, strtoul(number, NULL, 10)))
			account->groups[account->count++] = (gid_t)strtoul(number, NULL, 10);
	}
}

void account_find(uid_t uid, gid_t gid, struct account *account)
{
	size_t size;
	char *users = content_of("/etc/passwd", &size), *groups = content_of("/etc/group", &size);

	*account = (struct account){ .home = "/", .groups = { gid }, .count = 1 };
	char *user = users ? find_user(users, uid, account) : NULL;
	if (user && groups)
		find_groups(groups, user, account);
	free(users);
	free(groups);
}
