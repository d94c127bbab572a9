#include "message.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include <algorithm>

namespace {

union Control {
  cmsghdr header;
  char bytes[CMSG_SPACE(kMaxDescriptors * sizeof(int))];
};

std::vector<Descriptor> DescriptorsOf(msghdr& message) {
  std::vector<Descriptor> fds;
  for (cmsghdr* header = CMSG_FIRSTHDR(&message); header; header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
    const size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < count; i++) {
      int fd;
      memcpy(&fd, CMSG_DATA(header) + i * sizeof(int), sizeof(int));
      fds.emplace_back(fd);
    }
  }
  return fds;
}

}  // namespace

Received ReceiveMessage(int socket, std::vector<uint8_t>& buffer) {
  Control control = {};
  iovec part = {buffer.data(), buffer.size()};
  msghdr message = {};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = &control;
  message.msg_controllen = sizeof(control);

  Received received;
  do {
    received.bytes = recvmsg(socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  } while (received.bytes < 0 && errno == EINTR);
  if (received.bytes < 0) {
    received.error = errno;
    return received;
  }
  received.truncated = (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0;
  received.fds = DescriptorsOf(message);
  return received;
}

int SendMessage(int socket, const uint8_t* bytes, size_t length, const std::vector<int>& fds) {
  Control control = {};
  iovec part = {const_cast<uint8_t*>(bytes), length};
  msghdr message = {};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (!fds.empty()) {
    message.msg_control = &control;
    message.msg_controllen = CMSG_SPACE(fds.size() * sizeof(int));
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(fds.size() * sizeof(int));
    memcpy(CMSG_DATA(header), fds.data(), fds.size() * sizeof(int));
  }
  ssize_t sent;
  do {
    sent = sendmsg(socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  return sent < 0 ? errno : 0;
}

size_t WidenSocket(int socket) {
  // The kernel doubles the number, and takes it above its usual limit only from root. Receiving is not limited on its own.
  const int wanted = kMaxMessageBytes;
  if (setsockopt(socket, SOL_SOCKET, SO_SNDBUFFORCE, &wanted, sizeof(wanted)) != 0) {
    setsockopt(socket, SOL_SOCKET, SO_SNDBUF, &wanted, sizeof(wanted));
  }
  int size = 0;
  socklen_t length = sizeof(size);
  if (getsockopt(socket, SOL_SOCKET, SO_SNDBUF, &size, &length) != 0 || size <= 32) return 0;
  // A message must leave 32 bytes of the buffer free.
  return std::min(kMaxMessageBytes, static_cast<size_t>(size) - 32);
}
