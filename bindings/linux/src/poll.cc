#include "poll.h"

#include "failure.h"

PollOwner Poll::Open(Napi::Env env, int fd, Listener* listener) {
  uv_loop_t* loop = nullptr;
  NAPI_THROW_IF_FAILED(env, napi_get_uv_event_loop(env, &loop), PollOwner());

  std::unique_ptr<Poll> poll(new Poll(listener));
  const int status = uv_poll_init(loop, &poll->handle_, fd);
  if (status != 0) throw SystemFailure(env, -status, "epoll_ctl");
  poll->handle_.data = poll.get();
  uv_unref(reinterpret_cast<uv_handle_t*>(&poll->handle_));

  // The deleter of an owner is Close: from here on libuv knows the handle.
  PollOwner owner(poll.release());
  const napi_status hooked = napi_add_async_cleanup_hook(
      env,
      [](napi_async_cleanup_hook_handle, void* data) {
        Listener* listening = static_cast<Poll*>(data)->listener_;
        if (listening) listening->Ended();
      },
      owner.get(), &owner->hook_);
  NAPI_THROW_IF_FAILED(env, hooked, PollOwner());
  return owner;
}

void Poll::Listen(int events) {
  uv_poll_start(&handle_, events, [](uv_poll_t* handle, int status, int ready) {
    Poll* poll = static_cast<Poll*>(handle->data);
    if (!poll->listener_) return;
    try {
      poll->listener_->Ready(status, ready);
    } catch (const Napi::Error&) {
      // JavaScript cannot run any more: a worker thread is being ended, and its environment is about to say so.
    }
  });
}

void Poll::Ref() { uv_ref(reinterpret_cast<uv_handle_t*>(&handle_)); }

void Poll::Unref() { uv_unref(reinterpret_cast<uv_handle_t*>(&handle_)); }

void Poll::Close() {
  listener_ = nullptr;
  uv_close(reinterpret_cast<uv_handle_t*>(&handle_), [](uv_handle_t* handle) {
    std::unique_ptr<Poll> poll(static_cast<Poll*>(handle->data));
    if (poll->hook_) napi_remove_async_cleanup_hook(poll->hook_);
  });
}

void PollCloser::operator()(Poll* poll) const { poll->Close(); }
