#pragma once

#include <napi.h>

#include <cstdint>
#include <deque>
#include <vector>

#include "descriptor.h"
#include "message.h"
#include "poll.h"

/** Whole messages with descriptors over one end of a socket pair. */
class Channel final : public Napi::ObjectWrap<Channel>, private Poll::Listener {
 public:
  static Napi::Function Define(Napi::Env env);

  explicit Channel(const Napi::CallbackInfo& info);

 private:
  /** A message that waits for the socket, with duplicates of its descriptors. */
  struct Waiting {
    std::vector<uint8_t> bytes;
    std::vector<Descriptor> fds;
  };

  void Send(const Napi::CallbackInfo& info);
  void Close(const Napi::CallbackInfo& info);
  void Ref(const Napi::CallbackInfo& info);
  void Unref(const Napi::CallbackInfo& info);

  void Ready(int status, int events) override;
  void Ended() override { Release(); }

  void Enqueue(const uint8_t* bytes, size_t length, const std::vector<int>& fds);
  /** Sends what waits. */
  void Flush();
  /** Hands over what arrived, up to a fair share of the loop's turn. */
  void Receive();
  /** False when the turn is over. */
  bool ReceiveOne();
  void Listen();
  /** Ends because of the other side. */
  void Finish();
  void Release();

  Descriptor socket_;
  size_t longest_ = 0;
  /** Nobody reads what is sent any more. */
  bool deaf_ = false;
  std::deque<Waiting> waiting_;
  Napi::ObjectReference events_;
  Napi::FunctionReference message_;
  Napi::FunctionReference closed_;
  PollOwner poll_;
};
