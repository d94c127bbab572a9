#pragma once

#include <napi.h>

#include <functional>
#include <memory>

class Container;

/** What a call on liblxc came to, told on the event loop. */
class Outcome final {
 public:
  using Render = std::function<Napi::Value(Napi::Env)>;

  static Outcome Value(Render render) { return Outcome(std::move(render), "", 0); }
  static Outcome Failure(std::string message, int error) { return Outcome(nullptr, std::move(message), error); }

  void Settle(Napi::Env env, const Napi::Promise::Deferred& deferred) const;

 private:
  Outcome(Render render, std::string message, int error)
      : render_(std::move(render)), message_(std::move(message)), error_(error) {}

  Render render_;
  std::string message_;
  int error_;
};

/** One call on a container, off the event loop. */
class Call final : public Napi::AsyncWorker {
 public:
  using Work = std::function<Outcome()>;

  Call(Napi::Env env, Work work, std::function<void()> done)
      : Napi::AsyncWorker(env, "liblxc"), deferred_(env), work_(std::move(work)), done_(std::move(done)) {}

  Napi::Promise Promise() const { return deferred_.Promise(); }

  /** Deletes a call that was not queued and never will be. */
  void Drop() { Destroy(); }

 protected:
  void Execute() override;
  void OnOK() override;
  /** Work threw, for want of memory. */
  void OnError(const Napi::Error& error) override;

 private:
  Napi::Promise::Deferred deferred_;
  Work work_;
  std::function<void()> done_;
  std::unique_ptr<Outcome> outcome_;
};
