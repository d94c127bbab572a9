#pragma once

#include <napi.h>

#include <deque>
#include <memory>
#include <string>

#include "call.h"
#include "library.h"

/** A container of liblxc with the library it came from. Lives as long as a handle or a call needs it. */
class Container final {
 public:
  Container(const Library* library, lxc_container* container) : library_(library), container_(container) {}
  ~Container() { library_->container_put(container_); }
  Container(const Container&) = delete;
  Container& operator=(const Container&) = delete;

  lxc_container* operator->() const { return container_; }
  lxc_container* get() const { return container_; }

 private:
  const Library* library_;
  lxc_container* container_;
};

/** The JavaScript handle. liblxc's containers are not thread-safe, so calls on one wait for each other. */
class ContainerHandle final : public Napi::ObjectWrap<ContainerHandle> {
 public:
  static Napi::Function Define(Napi::Env env);
  explicit ContainerHandle(const Napi::CallbackInfo& info);
  ~ContainerHandle() override;

  /** Gives a new handle its container. */
  void Own(std::shared_ptr<Container> container) { container_ = std::move(container); }

 private:
  using Work = std::function<Outcome(Container& container)>;

  Napi::Value State(const Napi::CallbackInfo& info);
  Napi::Value InitPid(const Napi::CallbackInfo& info);
  Napi::Value CgroupItem(const Napi::CallbackInfo& info);
  Napi::Value SetCgroupItem(const Napi::CallbackInfo& info);
  Napi::Value RunningConfigItem(const Napi::CallbackInfo& info);
  Napi::Value ConsoleLog(const Napi::CallbackInfo& info);
  Napi::Value Freeze(const Napi::CallbackInfo& info);
  Napi::Value Unfreeze(const Napi::CallbackInfo& info);
  void Close(const Napi::CallbackInfo& info);

  Napi::Value Enqueue(Napi::Env env, Work work);
  void Next();

  std::shared_ptr<Container> container_;
  std::deque<Call*> waiting_;
  bool busy_ = false;
};
