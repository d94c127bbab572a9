/* interfaces: links, addresses and counters inside the network namespace of a process. */
#include "net.h"

#include "worker.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define UNPACK(message, type) (const struct rtattr *)((const char *)NLMSG_DATA(message) + NLMSG_ALIGN(sizeof(type)))
#define REST(message, type) ((message)->nlmsg_len - NLMSG_LENGTH(sizeof(type)))

static uint32_t number(const struct rtattr *attribute)
{
	uint32_t value = 0;

	if (attribute && RTA_PAYLOAD(attribute) >= sizeof(value))
		memcpy(&value, RTA_DATA(attribute), sizeof(value));
	return value;
}

static void add_hwaddr(struct reply *reply, const struct rtattr *attribute)
{
	static const unsigned char none[6];
	const unsigned char *a = attribute ? RTA_DATA(attribute) : none;

	if (!attribute || RTA_PAYLOAD(attribute) != sizeof(none) || memcmp(a, none, sizeof(none)) == 0)
		reply_add(reply, "%s", "");
	else
		reply_add(reply, "%02x:%02x:%02x:%02x:%02x:%02x", a[0], a[1], a[2], a[3], a[4], a[5]);
}

static const char *type_of(unsigned int flags)
{
	if (flags & IFF_LOOPBACK)
		return "loopback";
	return flags & IFF_POINTOPOINT ? "point-to-point" : "broadcast";
}

/* Other kinds (macvlan, vlan) carry their parent in the same attribute. */
static uint32_t veth_peer(const struct rtattr **link)
{
	const struct rtattr *info[IFLA_INFO_KIND + 1];

	if (!link[IFLA_LINKINFO])
		return 0;
	netlink_attributes(RTA_DATA(link[IFLA_LINKINFO]), RTA_PAYLOAD(link[IFLA_LINKINFO]), info, IFLA_INFO_KIND);
	if (!info[IFLA_INFO_KIND] || strcmp(RTA_DATA(info[IFLA_INFO_KIND]), "veth") != 0)
		return 0;
	return number(link[IFLA_LINK]);
}

static void add_counters(struct reply *reply, const struct rtattr *attribute)
{
	struct rtnl_link_stats64 stats = { 0 };

	/* An older kernel sends a shorter struct; what it lacks is not read here. */
	if (attribute)
		memcpy(&stats, RTA_DATA(attribute),
		       RTA_PAYLOAD(attribute) < sizeof(stats) ? RTA_PAYLOAD(attribute) : sizeof(stats));
	const unsigned long long counters[] = { stats.rx_bytes, stats.tx_bytes, stats.rx_packets, stats.tx_packets,
						stats.rx_errors, stats.tx_errors, stats.rx_dropped, stats.tx_dropped };
	for (size_t i = 0; i < sizeof(counters) / sizeof(counters[0]); i++)
		reply_add(reply, "%llu", counters[i]);
}

/* Fields: link, index, name, hwaddr, mtu, up, type, peer index or 0, eight counters. */
static void add_link(const struct nlmsghdr *message, void *context)
{
	const struct ifinfomsg *info = NLMSG_DATA(message);
	const struct rtattr *link[IFLA_STATS64 + 1];
	struct reply *reply = context;

	if (message->nlmsg_type != RTM_NEWLINK)
		return;
	netlink_attributes(UNPACK(message, struct ifinfomsg), REST(message, struct ifinfomsg), link, IFLA_STATS64);
	if (!link[IFLA_IFNAME])
		return;
	reply_add(reply, "link");
	reply_add(reply, "%d", info->ifi_index);
	reply_add(reply, "%s", (const char *)RTA_DATA(link[IFLA_IFNAME]));
	add_hwaddr(reply, link[IFLA_ADDRESS]);
	reply_add(reply, "%u", number(link[IFLA_MTU]));
	reply_add(reply, "%d", (info->ifi_flags & IFF_UP) != 0);
	reply_add(reply, "%s", type_of(info->ifi_flags));
	reply_add(reply, "%u", veth_peer(link));
	add_counters(reply, link[IFLA_STATS64]);
}

static const char *scope_of(unsigned char scope)
{
	if (scope == RT_SCOPE_HOST)
		return "local";
	return scope == RT_SCOPE_LINK ? "link" : "global";
}

/* Fields: address, index, family, text, prefix length, scope. */
static void add_address(const struct nlmsghdr *message, void *context)
{
	const struct ifaddrmsg *info = NLMSG_DATA(message);
	const struct rtattr *address[IFA_LOCAL + 1];
	struct reply *reply = context;
	char text[INET6_ADDRSTRLEN];

	if (message->nlmsg_type != RTM_NEWADDR || (info->ifa_family != AF_INET && info->ifa_family != AF_INET6))
		return;
	netlink_attributes(UNPACK(message, struct ifaddrmsg), REST(message, struct ifaddrmsg), address, IFA_LOCAL);
	/* On a point-to-point link IFA_ADDRESS is the other end's. */
	const struct rtattr *own = address[IFA_LOCAL] ? address[IFA_LOCAL] : address[IFA_ADDRESS];
	if (!own || !inet_ntop(info->ifa_family, RTA_DATA(own), text, sizeof(text)))
		return;
	reply_add(reply, "address");
	reply_add(reply, "%u", info->ifa_index);
	reply_add(reply, "%s", info->ifa_family == AF_INET ? "inet" : "inet6");
	reply_add(reply, "%s", text);
	reply_add(reply, "%u", info->ifa_prefixlen);
	reply_add(reply, "%s", scope_of(info->ifa_scope));
}

void verb_interfaces(struct request *request)
{
	struct reply reply;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%ld/ns/net", request_number(request, 0));
	int namespace = open(path, O_RDONLY | O_CLOEXEC);
	if (namespace < 0)
		fail_errno(request, "%s", path);
	if (setns(namespace, CLONE_NEWNET))
		fail_errno(request, "Joining %s", path);
	reply_begin(&reply, request);
	netlink_dump(request, RTM_GETLINK, add_link, &reply);
	netlink_dump(request, RTM_GETADDR, add_address, &reply);
	reply_send(&reply, "ok", NULL, 0);
}
