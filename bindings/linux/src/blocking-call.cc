#include "blocking-call.h"

#include "failure.h"

BlockingCall::BlockingCall(Napi::Env env, Name name, Work work, Result result)
    : Napi::AsyncWorker(env, name.syscall),
      deferred_(env),
      name_(std::move(name)),
      work_(std::move(work)),
      result_(std::move(result)) {}

Napi::Promise BlockingCall::Make(Napi::Env env, Name name, Work work, Result result) {
  auto* call = new BlockingCall(env, std::move(name), std::move(work), std::move(result));
  const Napi::Promise promise = call->deferred_.Promise();
  call->Queue();
  return promise;
}

void BlockingCall::OnOK() {
  if (error_ == 0) {
    deferred_.Resolve(result_ ? result_(Env()) : Env().Undefined());
  } else {
    deferred_.Reject(SystemFailure(Env(), error_, name_.syscall, name_.path).Value());
  }
}
