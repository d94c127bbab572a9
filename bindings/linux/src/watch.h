#pragma once

#include <napi.h>

#include "descriptor.h"
#include "poll.h"

/** Waits for the end of the process behind a pidfd. Holds a duplicate, so the caller's descriptor is never touched. */
class Watch final : public Napi::ObjectWrap<Watch>, private Poll::Listener {
 public:
  static Napi::Function Define(Napi::Env env);

  explicit Watch(const Napi::CallbackInfo& info);

 private:
  void Close(const Napi::CallbackInfo& info);
  void Ready(int status, int events) override;
  void Ended() override { Release(); }
  void Release();

  Descriptor pidfd_;
  Napi::FunctionReference exited_;
  PollOwner poll_;
};
