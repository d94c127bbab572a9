#include "watch.h"

#include <errno.h>
#include <fcntl.h>

#include "arguments.h"
#include "deliver.h"
#include "failure.h"

Napi::Function Watch::Define(Napi::Env env) {
  return DefineClass(env, "Watch", {InstanceMethod<&Watch::Close>("close")});
}

Watch::Watch(const Napi::CallbackInfo& info) : ObjectWrap(info) {
  const int pidfd = IntegerArgument(info[0], "pidfd");
  exited_ = Napi::Persistent(FunctionArgument(info[1], "exited"));
  pidfd_ = Descriptor(fcntl(pidfd, F_DUPFD_CLOEXEC, 3));
  if (pidfd_.Get() < 0) throw SystemFailure(info.Env(), errno, "fcntl");
  poll_ = Poll::Open(info.Env(), pidfd_.Get(), this);
  poll_->Listen(UV_READABLE);
  // Whoever waits need not hold the watch.
  Ref();
}

void Watch::Close(const Napi::CallbackInfo&) { Release(); }

void Watch::Ready(int, int) {
  Napi::HandleScope scope(Env());
  const Napi::Object self = Value();
  const Napi::Function exited = exited_.Value();
  Release();
  Deliver(self, exited, {});
}

void Watch::Release() {
  if (!poll_) return;
  poll_.reset();
  pidfd_.Close();
  exited_.Reset();
  Unref();
}
