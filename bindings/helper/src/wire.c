/*
 * One SOCK_SEQPACKET message is a sequence of NUL-terminated strings.
 *   request: id, verb, arguments…        (descriptors ride along)
 *   answer:  id, status, fields…
 * status: `more` (fields to be continued), `executed` (the command runs), `ok` (the last answer),
 * `error` (the last answer; fields: code, errno, message).
 */
#include "wire.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

static void take_fds(struct request *request, struct msghdr *message)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		int count = (int)((c->cmsg_len - CMSG_LEN(0)) / sizeof(int));
		memcpy(request->fds, CMSG_DATA(c), (size_t)count * sizeof(int));
		request->fd_count = count;
	}
}

static bool split(struct request *request, char *buffer, size_t length)
{
	if (length == 0 || buffer[length - 1] != '\0')
		return false;
	int strings = 0;
	for (size_t i = 0; i < length; i++)
		strings += buffer[i] == '\0';
	if (strings < 2)
		return false;
	request->args = calloc((size_t)strings, sizeof(char *));
	if (!request->args)
		return false;
	request->id = buffer;
	request->verb = buffer + strlen(buffer) + 1;
	char *next = buffer + strlen(buffer) + 1;
	for (int i = 0; i < strings - 2; i++) {
		next += strlen(next) + 1;
		request->args[i] = next;
	}
	request->arg_count = strings - 2;
	return true;
}

enum received request_receive(struct request *request, char *buffer)
{
	char control[CMSG_SPACE(sizeof(int) * MESSAGE_FDS)];
	struct iovec part = { .iov_base = buffer, .iov_len = MESSAGE_BYTES };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1,
				  .msg_control = control, .msg_controllen = sizeof(control) };
	ssize_t length = recvmsg(request->socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

	request->fd_count = 0;
	request->args = NULL;
	if (length < 0)
		return errno == EAGAIN || errno == EINTR ? RECEIVED_NOTHING : RECEIVED_END;
	if (length == 0)
		return RECEIVED_END;
	take_fds(request, &message);
	if (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) {
		buffer[MESSAGE_BYTES - 1] = '\0';
		request->id = buffer;
		error_send(request, "E2BIG", E2BIG, "The request is larger than 1 MiB.");
		return RECEIVED_BROKEN;
	}
	return split(request, buffer, (size_t)length) ? RECEIVED : RECEIVED_BROKEN;
}

void request_release(struct request *request)
{
	for (int i = 0; i < request->fd_count; i++)
		close(request->fds[i]);
	request->fd_count = 0;
	free(request->args);
	request->args = NULL;
}

const char *request_arg(const struct request *request, int index)
{
	if (index >= request->arg_count)
		fail(request, "EPROTO", EPROTO, "'%s' lacks argument %d.", request->verb, index);
	return request->args[index];
}

long request_number(const struct request *request, int index)
{
	const char *text = request_arg(request, index);
	char *end;

	errno = 0;
	long number = strtol(text, &end, 10);
	if (errno || end == text || *end)
		fail(request, "EPROTO", EPROTO, "'%s' is not a number.", text);
	return number;
}

int request_fd(const struct request *request, int index)
{
	if (index >= request->fd_count)
		fail(request, "EPROTO", EPROTO, "'%s' lacks descriptor %d.", request->verb, index);
	return request->fds[index];
}

char **request_list(const struct request *request, int index, int count)
{
	if (count < 0 || index + count > request->arg_count)
		fail(request, "EPROTO", EPROTO, "'%s' lacks arguments.", request->verb);
	char **list = calloc((size_t)count + 1, sizeof(char *));
	if (!list)
		fail_errno(request, "Out of memory.");
	memcpy(list, request->args + index, (size_t)count * sizeof(char *));
	return list;
}

void reply_begin(struct reply *reply, const struct request *request)
{
	reply->request = request;
	reply->length = 0;
}

void reply_add(struct reply *reply, const char *format, ...)
{
	for (int attempt = 0; attempt < 2; attempt++) {
		size_t room = sizeof(reply->bytes) - reply->length;
		va_list values;

		va_start(values, format);
		int length = vsnprintf(reply->bytes + reply->length, room, format, values);
		va_end(values);
		if (length >= 0 && (size_t)length < room) {
			reply->length += (size_t)length + 1;
			return;
		}
		reply_send(reply, "more", NULL, 0);
	}
	fail(reply->request, "EMSGSIZE", EMSGSIZE, "A field of the answer is too large.");
}

bool reply_send(struct reply *reply, const char *status, const int *fds, int fd_count)
{
	const struct request *request = reply->request;
	char control[CMSG_SPACE(sizeof(int) * MESSAGE_FDS)] = { 0 };
	struct iovec parts[] = {
		{ .iov_base = (void *)request->id, .iov_len = strlen(request->id) + 1 },
		{ .iov_base = (void *)status, .iov_len = strlen(status) + 1 },
		{ .iov_base = reply->bytes, .iov_len = reply->length },
	};
	struct msghdr message = { .msg_iov = parts, .msg_iovlen = 3 };

	if (fd_count > 0) {
		message.msg_control = control;
		message.msg_controllen = CMSG_SPACE(sizeof(int) * (size_t)fd_count);
		struct cmsghdr *header = CMSG_FIRSTHDR(&message);
		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		header->cmsg_len = CMSG_LEN(sizeof(int) * (size_t)fd_count);
		memcpy(CMSG_DATA(header), fds, sizeof(int) * (size_t)fd_count);
	}
	ssize_t sent;
	do
		sent = sendmsg(request->socket, &message, MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	reply->length = 0;
	return sent >= 0;
}

void error_send(const struct request *request, const char *code, int error, const char *message)
{
	struct reply reply;

	reply_begin(&reply, request);
	reply_add(&reply, "%s", code);
	reply_add(&reply, "%d", error);
	reply_add(&reply, "%s", message);
	reply_send(&reply, "error", NULL, 0);
}

static void fail_with(const struct request *request, const char *code, int error, const char *text)
{
	error_send(request, code, error, text);
	_exit(0);
}

void fail(const struct request *request, const char *code, int error, const char *format, ...)
{
	char text[8192];
	va_list values;

	va_start(values, format);
	vsnprintf(text, sizeof(text), format, values);
	va_end(values);
	fail_with(request, code, error, text);
	__builtin_unreachable();
}

void fail_errno(const struct request *request, const char *format, ...)
{
	int error = errno;
	char text[4096], whole[8192];
	const char *name = strerrorname_np(error);
	va_list values;

	va_start(values, format);
	vsnprintf(text, sizeof(text), format, values);
	va_end(values);
	snprintf(whole, sizeof(whole), "%s: %s", text, strerror(error));
	fail_with(request, name ? name : "EIO", error, whole);
	__builtin_unreachable();
}
