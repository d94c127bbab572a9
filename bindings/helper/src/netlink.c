#include "net.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int ask(const struct request *request, int type)
{
	struct {
		struct nlmsghdr header;
		struct rtgenmsg body;
	} message = {
		.header = { .nlmsg_len = NLMSG_LENGTH(sizeof(struct rtgenmsg)), .nlmsg_type = (unsigned short)type,
			    .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP },
	};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	if (fd < 0 || send(fd, &message, message.header.nlmsg_len, 0) < 0)
		fail_errno(request, "Asking rtnetlink");
	return fd;
}

void netlink_dump(const struct request *request, int type,
		  void (*each)(const struct nlmsghdr *message, void *context), void *context)
{
	static char buffer[64 * 1024] __attribute__((aligned(NLMSG_ALIGNTO)));
	int fd = ask(request, type);

	for (;;) {
		ssize_t received = recv(fd, buffer, sizeof(buffer), 0);
		if (received < 0)
			fail_errno(request, "Reading rtnetlink");
		unsigned int length = (unsigned int)received;
		for (struct nlmsghdr *m = (struct nlmsghdr *)buffer; NLMSG_OK(m, length); m = NLMSG_NEXT(m, length)) {
			if (m->nlmsg_type == NLMSG_DONE) {
				close(fd);
				return;
			}
			if (m->nlmsg_type == NLMSG_ERROR) {
				errno = -((struct nlmsgerr *)NLMSG_DATA(m))->error;
				fail_errno(request, "Reading rtnetlink");
			}
			each(m, context);
		}
	}
}

void netlink_attributes(const struct rtattr *first, size_t length, const struct rtattr **table, unsigned short max)
{
	unsigned int rest = (unsigned int)length;

	memset(table, 0, sizeof(*table) * (max + 1U));
	for (const struct rtattr *a = first; RTA_OK(a, rest); a = RTA_NEXT(a, rest)) {
		unsigned short type = a->rta_type & NLA_TYPE_MASK;
		if (type <= max)
			table[type] = a;
	}
}
