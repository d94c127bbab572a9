#include "channel.h"

#include <errno.h>
#include <fcntl.h>

#include "addon.h"
#include "arguments.h"
#include "deliver.h"
#include "failure.h"

namespace {

constexpr int kMessagesPerTurn = 64;

bool MeansGone(int error) { return error == EPIPE || error == ECONNRESET || error == ENOTCONN || error == ECONNREFUSED; }

Napi::Array Numbers(Napi::Env env, const std::vector<Descriptor>& fds) {
  Napi::Array numbers = Napi::Array::New(env, fds.size());
  for (uint32_t i = 0; i < fds.size(); i++) numbers.Set(i, Napi::Number::New(env, fds[i].Get()));
  return numbers;
}

}  // namespace

Napi::Function Channel::Define(Napi::Env env) {
  return DefineClass(env, "Channel",
                     {InstanceMethod<&Channel::Send>("send"), InstanceMethod<&Channel::Close>("close"),
                      InstanceMethod<&Channel::Ref>("ref"), InstanceMethod<&Channel::Unref>("unref")});
}

Channel::Channel(const Napi::CallbackInfo& info) : ObjectWrap(info) {
  const int fd = IntegerArgument(info[0], "fd");
  const Napi::Object events = ObjectArgument(info[1], "events");
  message_ = Napi::Persistent(FunctionArgument(events.Get("message"), "events.message"));
  closed_ = Napi::Persistent(FunctionArgument(events.Get("closed"), "events.closed"));
  events_ = Napi::Persistent(events);
  longest_ = WidenSocket(fd);
  poll_ = Poll::Open(info.Env(), fd, this);
  socket_ = Descriptor(fd);
  Listen();
  // An open channel lives without being held: events still arrive.
  ObjectWrap::Ref();
}

void Channel::Send(const Napi::CallbackInfo& info) {
  if (!info[0].IsTypedArray() || info[0].As<Napi::TypedArray>().TypedArrayType() != napi_uint8_array) {
    throw Napi::TypeError::New(info.Env(), "bytes must be a Uint8Array");
  }
  const auto bytes = info[0].As<Napi::Uint8Array>();
  const std::vector<int> fds = DescriptorsArgument(info[1], "fds");
  if (!poll_ || deaf_) throw SystemFailure(info.Env(), EPIPE, "sendmsg");
  if (bytes.ByteLength() > longest_) throw SystemFailure(info.Env(), EMSGSIZE, "sendmsg");
  // An empty message cannot be told from the end.
  if (bytes.ByteLength() == 0 || fds.size() > kMaxDescriptors) throw SystemFailure(info.Env(), EINVAL, "sendmsg");

  if (waiting_.empty()) {
    const int error = SendMessage(socket_.Get(), bytes.Data(), bytes.ByteLength(), fds);
    if (error == 0) return;
    if (MeansGone(error)) throw SystemFailure(info.Env(), EPIPE, "sendmsg");
    if (error != EAGAIN) throw SystemFailure(info.Env(), error, "sendmsg");
  }
  Enqueue(bytes.Data(), bytes.ByteLength(), fds);
}

void Channel::Enqueue(const uint8_t* bytes, size_t length, const std::vector<int>& fds) {
  Waiting waiting;
  for (const int fd : fds) {
    waiting.fds.emplace_back(fcntl(fd, F_DUPFD_CLOEXEC, 3));
    if (waiting.fds.back().Get() < 0) throw SystemFailure(Env(), errno, "fcntl");
  }
  waiting.bytes.assign(bytes, bytes + length);
  waiting_.push_back(std::move(waiting));
  if (waiting_.size() == 1) Listen();
}

void Channel::Close(const Napi::CallbackInfo&) { Release(); }

void Channel::Ref(const Napi::CallbackInfo&) {
  if (poll_) poll_->Ref();
}

void Channel::Unref(const Napi::CallbackInfo&) {
  if (poll_) poll_->Unref();
}

void Channel::Ready(int status, int events) {
  Napi::HandleScope scope(Env());
  [[maybe_unused]] const Napi::Object self = Value();
  if (events & UV_WRITABLE) Flush();
  // A reset is reported as an error of the descriptor, though messages may still wait to be read.
  if (status < 0 || (events & UV_READABLE)) Receive();
  if (status < 0 && poll_) Listen();
}

void Channel::Flush() {
  while (!waiting_.empty()) {
    const Waiting& next = waiting_.front();
    std::vector<int> fds;
    for (const Descriptor& fd : next.fds) fds.push_back(fd.Get());
    const int error = SendMessage(socket_.Get(), next.bytes.data(), next.bytes.size(), fds);
    if (error == EAGAIN) return;
    if (error != 0) {
      // What the other end sent before it went is still to be read; the end is told after that.
      deaf_ = true;
      waiting_.clear();
      if (!MeansGone(error)) Finish();
      break;
    }
    waiting_.pop_front();
  }
  if (poll_) Listen();
}

void Channel::Receive() {
  for (int i = 0; i < kMessagesPerTurn && poll_; i++) {
    Napi::HandleScope scope(Env());
    if (!ReceiveOne()) return;
  }
}

bool Channel::ReceiveOne() {
  std::vector<uint8_t>& buffer = Env().GetInstanceData<Addon>()->ReceiveBuffer();
  Received received = ReceiveMessage(socket_.Get(), buffer);
  if (received.error == EAGAIN) return false;
  // Told once when the other end went without reading everything; its own messages come after.
  if (received.error == ECONNRESET) return true;
  if (received.bytes <= 0 || received.truncated) {
    Finish();
    return false;
  }
  napi_value bytes = nullptr;
  const napi_status status = napi_create_buffer_copy(Env(), received.bytes, buffer.data(), nullptr, &bytes);
  if (status != napi_ok) return false;
  const Napi::Array fds = Numbers(Env(), received.fds);
  if (!Deliver(events_.Value(), message_.Value(), {bytes, fds})) return false;
  for (Descriptor& fd : received.fds) fd.Release();
  return true;
}

void Channel::Listen() { poll_->Listen(waiting_.empty() ? UV_READABLE : UV_READABLE | UV_WRITABLE); }

void Channel::Finish() {
  const Napi::Object events = events_.Value();
  const Napi::Function closed = closed_.Value();
  Release();
  Deliver(events, closed, {});
}

void Channel::Release() {
  if (!poll_) return;
  poll_.reset();
  socket_.Close();
  waiting_.clear();
  events_.Reset();
  message_.Reset();
  closed_.Reset();
  ObjectWrap::Unref();
}
