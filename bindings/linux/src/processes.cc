#include <errno.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "arguments.h"
#include "calls.h"
#include "failure.h"

Napi::Value PidfdOpen(const Napi::CallbackInfo& info) {
  // The kernel makes pidfds close-on-exec.
  const long fd = syscall(SYS_pidfd_open, IntegerArgument(info[0], "pid"), 0);
  if (fd < 0) throw SystemFailure(info.Env(), errno, "pidfd_open");
  return Napi::Number::New(info.Env(), static_cast<double>(fd));
}

Napi::Value PidfdSignal(const Napi::CallbackInfo& info) {
  const int fd = IntegerArgument(info[0], "pidfd");
  const int signal = IntegerArgument(info[1], "signal");
  const bool sent = syscall(SYS_pidfd_send_signal, fd, signal, nullptr, 0) == 0;
  if (!sent && errno != ESRCH) throw SystemFailure(info.Env(), errno, "pidfd_send_signal");
  return Napi::Boolean::New(info.Env(), sent);
}

Napi::Value PeerCredentials(const Napi::CallbackInfo& info) {
  ucred peer = {};
  socklen_t length = sizeof(peer);
  if (getsockopt(IntegerArgument(info[0], "fd"), SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0) {
    throw SystemFailure(info.Env(), errno, "getsockopt");
  }
  Napi::Object credentials = Napi::Object::New(info.Env());
  credentials.Set("pid", Napi::Number::New(info.Env(), peer.pid));
  credentials.Set("uid", Napi::Number::New(info.Env(), peer.uid));
  credentials.Set("gid", Napi::Number::New(info.Env(), peer.gid));
  return credentials;
}
