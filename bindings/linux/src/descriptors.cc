#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "arguments.h"
#include "calls.h"
#include "failure.h"

namespace {

constexpr int kAttempts = 64;

uint64_t OptionalBits(Napi::Object object, const char* name) {
  const Napi::Value value = object.Get(name);
  return value.IsUndefined() ? 0 : BitsArgument(value, name);
}

Napi::Array PairOf(Napi::Env env, const int fds[2]) {
  Napi::Array pair = Napi::Array::New(env, 2);
  pair.Set(0u, Napi::Number::New(env, fds[0]));
  pair.Set(1u, Napi::Number::New(env, fds[1]));
  return pair;
}

}  // namespace

Napi::Value OpenAt2(const Napi::CallbackInfo& info) {
  const int directory = IntegerArgument(info[0], "dirfd");
  const std::string path = TextArgument(info[1], "path");
  const Napi::Object options = ObjectArgument(info[2], "how");
  open_how how = {};
  how.flags = BitsArgument(options.Get("flags"), "flags") | O_CLOEXEC;
  how.mode = OptionalBits(options, "mode");
  how.resolve = OptionalBits(options, "resolve");

  // EAGAIN: something on the way was renamed while the kernel checked that `..` stays beneath.
  long fd = -1;
  for (int i = 0; i < kAttempts && fd < 0; i++) {
    fd = syscall(SYS_openat2, directory, path.c_str(), &how, sizeof(how));
    if (fd < 0 && errno != EAGAIN && errno != EINTR) break;
  }
  if (fd < 0) throw SystemFailure(info.Env(), errno, "openat2", path);
  return Napi::Number::New(info.Env(), static_cast<double>(fd));
}

void Close(const Napi::CallbackInfo& info) {
  // After EINTR the descriptor is closed all the same.
  if (close(IntegerArgument(info[0], "fd")) != 0 && errno != EINTR) {
    throw SystemFailure(info.Env(), errno, "close");
  }
}

Napi::Value Pipe(const Napi::CallbackInfo& info) {
  int fds[2];
  if (pipe2(fds, O_CLOEXEC) != 0) throw SystemFailure(info.Env(), errno, "pipe2");
  return PairOf(info.Env(), fds);
}

Napi::Value SocketPair(const Napi::CallbackInfo& info) {
  int fds[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) != 0) {
    throw SystemFailure(info.Env(), errno, "socketpair");
  }
  return PairOf(info.Env(), fds);
}

Napi::Value PendingBytes(const Napi::CallbackInfo& info) {
  int bytes = 0;
  if (ioctl(IntegerArgument(info[0], "fd"), FIONREAD, &bytes) != 0) {
    throw SystemFailure(info.Env(), errno, "ioctl");
  }
  return Napi::Number::New(info.Env(), bytes);
}

void SetWindowSize(const Napi::CallbackInfo& info) {
  winsize size = {};
  const int fd = IntegerArgument(info[0], "fd");
  size.ws_col = static_cast<unsigned short>(IntegerArgument(info[1], "columns"));
  size.ws_row = static_cast<unsigned short>(IntegerArgument(info[2], "rows"));
  if (ioctl(fd, TIOCSWINSZ, &size) != 0) throw SystemFailure(info.Env(), errno, "ioctl");
}
