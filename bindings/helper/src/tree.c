#include "tree.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct tree {
	pid_t *pids;
	size_t count;
	size_t room;
	bool failed;
};

/* The numbers after the last ')': state, ppid, pgrp, session. */
static pid_t stat_field(pid_t pid, int index)
{
	char path[64], text[1024];

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	FILE *file = fopen(path, "re");
	if (!file)
		return -1;
	size_t length = fread(text, 1, sizeof(text) - 1, file);
	fclose(file);
	text[length] = '\0';
	char *fields = strrchr(text, ')');
	int values[3];
	char state;
	if (!fields || sscanf(fields + 1, " %c %d %d %d", &state, &values[0], &values[1], &values[2]) != 4)
		return -1;
	return values[index];
}

pid_t parent_of(pid_t pid)
{
	return stat_field(pid, 0);
}

pid_t session_of(pid_t pid)
{
	return stat_field(pid, 2);
}

static bool contains(const struct tree *tree, pid_t pid)
{
	for (size_t i = 0; i < tree->count; i++)
		if (tree->pids[i] == pid)
			return true;
	return false;
}

static void stop_and_add(pid_t pid, void *context)
{
	struct tree *tree = context;

	if (contains(tree, pid))
		return;
	if (tree->count == tree->room) {
		size_t room = tree->room ? tree->room * 2 : 64;
		pid_t *pids = realloc(tree->pids, room * sizeof(pid_t));
		if (!pids) {
			tree->failed = true;
			return;
		}
		tree->pids = pids;
		tree->room = room;
	}
	if (kill(pid, SIGSTOP) == 0 || errno != ESRCH)
		tree->pids[tree->count++] = pid;
}

static void child_of_thread(const char *path, child_seen *seen, void *context)
{
	FILE *file = fopen(path, "re");
	pid_t child;

	if (!file)
		return;
	while (fscanf(file, "%d", &child) == 1)
		seen(child, context);
	fclose(file);
}

static void child_of_threads(pid_t pid, child_seen *seen, void *context)
{
	char path[300];

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	DIR *threads = opendir(path);
	if (!threads)
		return;
	for (struct dirent *entry; (entry = readdir(threads));) {
		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		snprintf(path, sizeof(path), "/proc/%d/task/%s/children", pid, entry->d_name);
		child_of_thread(path, seen, context);
	}
	closedir(threads);
}

/* For kernels without CONFIG_PROC_CHILDREN. */
static void child_by_parent(pid_t parent, child_seen *seen, void *context)
{
	DIR *processes = opendir("/proc");

	if (!processes)
		return;
	for (struct dirent *entry; (entry = readdir(processes));) {
		pid_t pid = isdigit((unsigned char)entry->d_name[0]) ? atoi(entry->d_name) : 0;
		if (pid > 0 && parent_of(pid) == parent)
			seen(pid, context);
	}
	closedir(processes);
}

void each_child(pid_t pid, child_seen *seen, void *context)
{
	if (access("/proc/thread-self/children", R_OK) == 0)
		child_of_threads(pid, seen, context);
	else
		child_by_parent(pid, seen, context);
}

int tree_signal(pid_t pid, int number)
{
	struct tree tree = { 0 };
	size_t before;

	stop_and_add(pid, &tree);
	/* A fork that was under way when its parent was told to stop shows in a later pass. */
	do {
		before = tree.count;
		for (size_t i = 0; i < tree.count; i++)
			each_child(tree.pids[i], stop_and_add, &tree);
	} while (tree.count > before && !tree.failed);
	for (size_t i = 0; i < tree.count; i++)
		kill(tree.pids[i], number);
	if (number != SIGKILL && number != SIGSTOP)
		for (size_t i = 0; i < tree.count; i++)
			kill(tree.pids[i], SIGCONT);
	free(tree.pids);
	errno = ENOMEM;
	return tree.failed ? -1 : 0;
}
