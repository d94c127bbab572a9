#include "pipes.h"

#include <fcntl.h>
#include <unistd.h>

void pipes_make(const struct request *request, struct pipes *pipes)
{
	for (int i = 0; i < 3; i++) {
		int ends[2];
		if (pipe2(ends, O_CLOEXEC))
			fail_errno(request, "No pipe");
		pipes->theirs[i] = ends[i == 0 ? 0 : 1];
		pipes->ours[i] = ends[i == 0 ? 1 : 0];
		if (fcntl(pipes->ours[i], F_SETFL, O_NONBLOCK))
			fail_errno(request, "No pipe");
	}
}

void pipes_give(const struct request *request, const struct pipes *pipes, uid_t owner)
{
	for (int i = 0; i < 3; i++)
		if (fchown(pipes->theirs[i], owner, (gid_t)-1))
			fail_errno(request, "No pipe for uid %u", owner);
}

void pipes_close_theirs(const struct pipes *pipes)
{
	for (int i = 0; i < 3; i++)
		close(pipes->theirs[i]);
}
