/* Messages between the client and the workers: see wire.c. */
#ifndef LXWORKS_WIRE_H
#define LXWORKS_WIRE_H

#include <stdbool.h>
#include <stddef.h>

#define MESSAGE_BYTES (1024 * 1024)
#define MESSAGE_FDS 16
#define REPLY_BYTES (60 * 1024)

/* The strings point into the buffer that was received into. */
struct request {
	int socket;
	const char *id;
	const char *verb;
	char **args;
	int arg_count;
	int fds[MESSAGE_FDS];
	int fd_count;
};

/* What became of a receive. */
enum received { RECEIVED, RECEIVED_NOTHING, RECEIVED_END, RECEIVED_BROKEN };

enum received request_receive(struct request *request, char *buffer);
void request_release(struct request *request);

const char *request_arg(const struct request *request, int index);
long request_number(const struct request *request, int index);
int request_fd(const struct request *request, int index);
/* A copy of `count` arguments from `index` on, ended by NULL. */
char **request_list(const struct request *request, int index, int count);

/* Fields of one answer; what does not fit one message goes ahead as `more`. */
struct reply {
	const struct request *request;
	size_t length;
	char bytes[REPLY_BYTES];
};

void reply_begin(struct reply *reply, const struct request *request);
void reply_add(struct reply *reply, const char *format, ...) __attribute__((format(printf, 2, 3)));
bool reply_send(struct reply *reply, const char *status, const int *fds, int fd_count);

/* For main, which answers in the place of a worker. */
void error_send(const struct request *request, const char *code, int error, const char *message);

/* For workers: answer with an error and end. */
void fail(const struct request *request, const char *code, int error, const char *format, ...)
	__attribute__((noreturn, format(printf, 4, 5)));
/* The same with the name of errno as the code. */
void fail_errno(const struct request *request, const char *format, ...)
	__attribute__((noreturn, format(printf, 2, 3)));

#endif
