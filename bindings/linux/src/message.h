#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <vector>

#include "descriptor.h"

constexpr size_t kMaxMessageBytes = 1 << 20;
constexpr size_t kMaxDescriptors = 16;

/** What one read of a socket brought. */
struct Received {
  /** Bytes of the message; 0 at the end, -1 with `error` set. */
  ssize_t bytes = -1;
  int error = 0;
  /** A part of the message or of its descriptors was lost. */
  bool truncated = false;
  std::vector<Descriptor> fds;
};

/** Reads one message without waiting. */
Received ReceiveMessage(int socket, std::vector<uint8_t>& buffer);

/** Sends one message without waiting; 0 or an errno. */
int SendMessage(int socket, const uint8_t* bytes, size_t length, const std::vector<int>& fds);

/** Makes room for whole messages; returns the longest that the socket takes. */
size_t WidenSocket(int socket);
