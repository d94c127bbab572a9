#include "call.h"

#include <string.h>

void Outcome::Settle(Napi::Env env, const Napi::Promise::Deferred& deferred) const {
  if (render_) {
    deferred.Resolve(render_(env));
    return;
  }
  Napi::Error failure = Napi::Error::New(env, message_);
  const char* name = error_ == 0 ? nullptr : strerrorname_np(error_);
  failure.Set("code", Napi::String::New(env, name ? name : "LIBLXC_FAILED"));
  if (error_ != 0) failure.Set("errno", Napi::Number::New(env, -error_));
  deferred.Reject(failure.Value());
}

void Call::Execute() { outcome_ = std::make_unique<Outcome>(work_()); }

void Call::OnError(const Napi::Error& error) {
  if (done_) done_();
  deferred_.Reject(error.Value());
}

void Call::OnOK() {
  // The next call on the container may begin before anybody sees this one's result.
  if (done_) done_();
  outcome_->Settle(Env(), deferred_);
}
