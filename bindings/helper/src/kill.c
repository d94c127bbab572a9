/* kill: a process, its group, its session, or it and all below it. */
#include "tree.h"
#include "worker.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <unistd.h>

/* -1 when the process is gone. */
static pid_t pid_of(int pidfd)
{
	char path[64], line[128];
	pid_t pid = -1;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", pidfd);
	FILE *file = fopen(path, "re");
	if (!file)
		return -1;
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "Pid: %d", &pid) == 1)
			break;
	fclose(file);
	return pid;
}

static int kill_group(pid_t pid, int number)
{
	pid_t group = getpgid(pid);

	if (group < 0 || group == getpgrp())
		return kill(pid, number);
	return kill(-group, number);
}

static int kill_session(pid_t pid, int number)
{
	pid_t session = session_of(pid);
	DIR *processes = session > 0 ? opendir("/proc") : NULL;

	if (!processes || session == getsid(0))
		return kill(pid, number);
	for (struct dirent *entry; (entry = readdir(processes));) {
		pid_t member = isdigit((unsigned char)entry->d_name[0]) ? atoi(entry->d_name) : 0;
		if (member > 0 && session_of(member) == session)
			kill(member, number);
	}
	closedir(processes);
	return 0;
}

static int signal_scope(const struct request *request, pid_t pid, int number)
{
	const char *scope = request_arg(request, 1);

	if (strcmp(scope, "group") == 0)
		return kill_group(pid, number);
	if (strcmp(scope, "session") == 0)
		return kill_session(pid, number);
	if (strcmp(scope, "tree") == 0)
		return tree_signal(pid, number);
	return pidfd_send_signal(request_fd(request, 0), number, NULL, 0);
}

void verb_kill(struct request *request)
{
	int number = (int)request_number(request, 0);
	pid_t pid = pid_of(request_fd(request, 0));
	struct reply reply;

	if (pid > 0 && signal_scope(request, pid, number) && errno != ESRCH)
		fail_errno(request, "Signalling process %d", pid);
	reply_begin(&reply, request);
	reply_send(&reply, "ok", NULL, 0);
}
