#include "container.h"

#include <stdlib.h>

#include "text.h"

namespace {

Outcome Nothing() {
  return Outcome::Value([](Napi::Env env) { return env.Undefined(); });
}

Outcome Words(std::string text) {
  return Outcome::Value([text = std::move(text)](Napi::Env env) { return Napi::String::New(env, text); });
}

Outcome Done(bool done, const char* what) {
  const int error = errno;
  return done ? Nothing() : Outcome::Failure(std::string("liblxc could not ") + what, error);
}

/** Reads an item whose length is asked for first. */
template <typename Get>
Outcome Item(Get get) {
  const int length = get(nullptr, 0);
  if (length < 0) return Nothing();
  std::string value(static_cast<size_t>(length) + 1, '\0');
  const int got = get(value.data(), static_cast<int>(value.size()));
  if (got < 0) return Nothing();
  value.resize(static_cast<size_t>(got < length ? got : length));
  while (!value.empty() && value.back() == '\n') value.pop_back();
  return Words(std::move(value));
}

Outcome ReadConsole(Container& container, bool clear) {
  uint64_t most = 0;
  lxc_console_log log = {};
  log.clear = clear;
  log.read = !clear;
  // liblxc looks at it also when it only clears.
  log.read_max = &most;
  const int result = container->console_log(container.get(), &log);
  // An empty ring buffer is no failure.
  if (result < 0 && result != -ENODATA) return Outcome::Failure("liblxc could not read the console's ring buffer", -result);
  std::shared_ptr<char> data(log.data, free);
  const size_t size = result < 0 || clear ? 0 : static_cast<size_t>(most);
  return Outcome::Value([data, size](Napi::Env env) -> Napi::Value { return Napi::Buffer<char>::Copy(env, data.get(), size); });
}

}  // namespace

Napi::Function ContainerHandle::Define(Napi::Env env) {
  return DefineClass(env, "ContainerHandle",
                     {
                         InstanceMethod<&ContainerHandle::State>("state"),
                         InstanceMethod<&ContainerHandle::InitPid>("initPid"),
                         InstanceMethod<&ContainerHandle::CgroupItem>("cgroupItem"),
                         InstanceMethod<&ContainerHandle::SetCgroupItem>("setCgroupItem"),
                         InstanceMethod<&ContainerHandle::RunningConfigItem>("runningConfigItem"),
                         InstanceMethod<&ContainerHandle::ConsoleLog>("consoleLog"),
                         InstanceMethod<&ContainerHandle::Freeze>("freeze"),
                         InstanceMethod<&ContainerHandle::Unfreeze>("unfreeze"),
                         InstanceMethod<&ContainerHandle::Close>("close"),
                     });
}

ContainerHandle::ContainerHandle(const Napi::CallbackInfo& info) : Napi::ObjectWrap<ContainerHandle>(info) {}

/** An environment that ends lets go of what was never begun. */
ContainerHandle::~ContainerHandle() {
  for (Call* call : waiting_) call->Drop();
}

Napi::Value ContainerHandle::State(const Napi::CallbackInfo& info) {
  return Enqueue(info.Env(), [](Container& container) { return Words(container->state(container.get())); });
}

Napi::Value ContainerHandle::InitPid(const Napi::CallbackInfo& info) {
  return Enqueue(info.Env(), [](Container& container) {
    const pid_t pid = container->init_pid(container.get());
    if (pid <= 0) return Nothing();
    return Outcome::Value([pid](Napi::Env env) { return Napi::Number::New(env, pid); });
  });
}

Napi::Value ContainerHandle::CgroupItem(const Napi::CallbackInfo& info) {
  return Enqueue(info.Env(), [key = TextArgument(info[0], "name")](Container& container) {
    return Item([&](char* into, int size) { return container->get_cgroup_item(container.get(), key.c_str(), into, size); });
  });
}

Napi::Value ContainerHandle::SetCgroupItem(const Napi::CallbackInfo& info) {
  return Enqueue(info.Env(), [key = TextArgument(info[0], "name"), value = TextArgument(info[1], "value")](Container& container) {
    errno = 0;
    return Done(container->set_cgroup_item(container.get(), key.c_str(), value.c_str()), ("set " + key + " to " + value).c_str());
  });
}

Napi::Value ContainerHandle::RunningConfigItem(const Napi::CallbackInfo& info) {
  return Enqueue(info.Env(), [key = TextArgument(info[0], "name")](Container& container) {
    std::shared_ptr<char> value(container->get_running_config_item(container.get(), key.c_str()), free);
    return value ? Words(value.get()) : Nothing();
  });
}

Napi::Value ContainerHandle::ConsoleLog(const Napi::CallbackInfo& info) {
  const bool clear = info[0].IsObject() && info[0].As<Napi::Object>().Get("clear").ToBoolean();
  return Enqueue(info.Env(), [clear](Container& container) { return ReadConsole(container, clear); });
}

Napi::Value ContainerHandle::Freeze(const Napi::CallbackInfo& info) {
  return Enqueue(info.Env(), [](Container& container) {
    errno = 0;
    return Done(container->freeze(container.get()), "freeze the container");
  });
}

Napi::Value ContainerHandle::Unfreeze(const Napi::CallbackInfo& info) {
  return Enqueue(info.Env(), [](Container& container) {
    errno = 0;
    return Done(container->unfreeze(container.get()), "unfreeze the container");
  });
}

/** Calls that wait already still run; the container goes with the last of them. */
void ContainerHandle::Close(const Napi::CallbackInfo&) { container_.reset(); }

Napi::Value ContainerHandle::Enqueue(Napi::Env env, Work work) {
  if (!container_) {
    Napi::Promise::Deferred deferred(env);
    Outcome::Failure("the handle is closed", EBADF).Settle(env, deferred);
    return deferred.Promise();
  }
  // The call keeps this handle from being collected while it is under way.
  Ref();
  auto* call = new Call(
      env, [container = container_, work = std::move(work)] { return work(*container); }, [this] { Next(); });
  const Napi::Promise promise = call->Promise();
  waiting_.push_back(call);
  if (!busy_) Next();
  return promise;
}

void ContainerHandle::Next() {
  if (busy_) Unref();
  busy_ = !waiting_.empty();
  if (!busy_) return;
  Call* call = waiting_.front();
  waiting_.pop_front();
  call->Queue();
}
