#pragma once

#include <napi.h>

#include <functional>
#include <string>

/** A call that may wait for a disk or a network, made on the thread pool. Deletes itself. */
class BlockingCall final : public Napi::AsyncWorker {
 public:
  /** 0 or an errno. Runs beside JavaScript: it must hold copies of what it needs. */
  using Work = std::function<int()>;

  /** What a failure is reported with. */
  struct Name {
    const char* syscall;
    std::string path;
  };

  /** What the promise becomes, made where JavaScript runs. */
  using Result = std::function<Napi::Value(Napi::Env)>;

  /** A promise of the result, or of nothing; rejected with `SystemFailure`. */
  static Napi::Promise Make(Napi::Env env, Name name, Work work, Result result = nullptr);

 protected:
  void Execute() override { error_ = work_(); }
  void OnOK() override;

 private:
  BlockingCall(Napi::Env env, Name name, Work work, Result result);

  Napi::Promise::Deferred deferred_;
  Name name_;
  Work work_;
  Result result_;
  int error_ = 0;
};
