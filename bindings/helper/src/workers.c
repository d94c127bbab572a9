#include "workers.h"

#include "tree.h"
#include "wire.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#define GRACE_MS 3000

static long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

struct worker *workers_add(struct workers *workers, const char *id, const char *verb)
{
	struct worker *worker = calloc(1, sizeof(*worker) + strlen(id) + 1);

	if (!worker)
		return NULL;
	strcpy(worker->id, id);
	worker->verb = verb;
	worker->next = workers->first;
	workers->first = worker;
	return worker;
}

void workers_remove(struct workers *workers, struct worker *worker)
{
	struct worker **link = &workers->first;

	while (*link != worker)
		link = &(*link)->next;
	*link = worker->next;
	free(worker);
}

static void cancel(struct worker *worker)
{
	if (worker->cancelled)
		return;
	worker->cancelled = true;
	worker->deadline_ms = now_ms() + GRACE_MS;
	kill(worker->pid, SIGTERM);
}

void workers_cancel(struct workers *workers, const char *id)
{
	for (struct worker *worker = workers->first; worker; worker = worker->next)
		if (strcmp(worker->id, id) == 0)
			cancel(worker);
}

void workers_cancel_all(struct workers *workers)
{
	for (struct worker *worker = workers->first; worker; worker = worker->next)
		cancel(worker);
}

int workers_wait_ms(const struct workers *workers)
{
	long soonest = 0;

	for (const struct worker *worker = workers->first; worker; worker = worker->next)
		if (worker->deadline_ms && (!soonest || worker->deadline_ms < soonest))
			soonest = worker->deadline_ms;
	if (!soonest)
		return -1;
	long wait = soonest - now_ms();
	return wait > 0 ? (int)wait : 0;
}

void workers_kill_overdue(struct workers *workers)
{
	for (struct worker *worker = workers->first; worker; worker = worker->next) {
		if (!worker->deadline_ms || worker->deadline_ms > now_ms())
			continue;
		worker->deadline_ms = 0;
		tree_signal(worker->pid, SIGKILL);
	}
}

static void answer_for(const struct worker *worker, int status, int socket)
{
	struct request request = { .socket = socket, .id = worker->id };
	char text[200];

	if (worker->cancelled) {
		error_send(&request, "ECANCELED", ECANCELED, "The request was cancelled.");
		return;
	}
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM) {
		snprintf(text, sizeof(text), "'%s' took too long and was ended.", worker->verb);
		error_send(&request, "ETIMEDOUT", ETIMEDOUT, text);
		return;
	}
	snprintf(text, sizeof(text), "The worker for '%s' ended by %s %d without an answer.", worker->verb,
		 WIFSIGNALED(status) ? "signal" : "exit code", WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
	error_send(&request, "HELPER_CRASHED", EIO, text);
}

static void reap(struct workers *workers, struct worker *worker, int socket)
{
	int status;

	if (waitpid(worker->pid, &status, WNOHANG) != worker->pid)
		return;
	if (socket >= 0 && !(WIFEXITED(status) && WEXITSTATUS(status) == 0))
		answer_for(worker, status, socket);
	workers_remove(workers, worker);
}

void workers_reap(struct workers *workers, int socket)
{
	struct worker *next;

	for (struct worker *worker = workers->first; worker; worker = next) {
		next = worker->next;
		reap(workers, worker, socket);
	}
}
