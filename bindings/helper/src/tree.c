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

static void stop_and_add(struct tree *tree, pid_t pid)
{
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

static void add_children_of_thread(struct tree *tree, const char *path)
{
	FILE *file = fopen(path, "re");
	pid_t child;

	if (!file)
		return;
	while (fscanf(file, "%d", &child) == 1)
		stop_and_add(tree, child);
	fclose(file);
}

static void add_children(struct tree *tree, pid_t pid)
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
		add_children_of_thread(tree, path);
	}
	closedir(threads);
}

/* For kernels without CONFIG_PROC_CHILDREN. */
static void add_by_parent(struct tree *tree)
{
	DIR *processes = opendir("/proc");

	if (!processes)
		return;
	for (struct dirent *entry; (entry = readdir(processes));) {
		pid_t pid = isdigit((unsigned char)entry->d_name[0]) ? atoi(entry->d_name) : 0;
		if (pid > 0 && contains(tree, parent_of(pid)))
			stop_and_add(tree, pid);
	}
	closedir(processes);
}

static void add_generation(struct tree *tree, bool has_children_files)
{
	if (!has_children_files) {
		add_by_parent(tree);
		return;
	}
	for (size_t i = 0; i < tree->count; i++)
		add_children(tree, tree->pids[i]);
}

int tree_signal(pid_t pid, int number)
{
	struct tree tree = { 0 };
	bool has_children_files = access("/proc/thread-self/children", R_OK) == 0;
	size_t before;

	stop_and_add(&tree, pid);
	/* A fork that was under way when its parent was told to stop shows in a later pass. */
	do {
		before = tree.count;
		add_generation(&tree, has_children_files);
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
