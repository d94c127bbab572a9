#pragma once

#include <napi.h>
#include <uv.h>

#include <memory>

class Poll;

/** Lets go of a poll: no callback follows, and the descriptor may be closed at once. */
struct PollCloser {
  void operator()(Poll* poll) const;
};

using PollOwner = std::unique_ptr<Poll, PollCloser>;

/**
 * Waits for a descriptor on the event loop of one environment. The memory outlives its owner until libuv has let go of the
 * handle, and an environment that ends (worker threads too) waits for that.
 */
class Poll {
 public:
  class Listener {
   public:
    /** `status` is libuv's: below 0 the polling has stopped and must be asked for again. */
    virtual void Ready(int status, int events) = 0;
    /** The environment ends: give the poll up. */
    virtual void Ended() = 0;

   protected:
    ~Listener() = default;
  };

  /** The event loop is not kept alive until `Ref`. */
  static PollOwner Open(Napi::Env env, int fd, Listener* listener);

  void Listen(int events);
  void Ref();
  void Unref();

 private:
  friend struct PollCloser;

  explicit Poll(Listener* listener) : listener_(listener) {}
  void Close();

  Listener* listener_;
  uv_poll_t handle_ = {};
  napi_async_cleanup_hook_handle hook_ = nullptr;
};
