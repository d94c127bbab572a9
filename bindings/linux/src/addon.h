#pragma once

#include <napi.h>

#include <cstdint>
#include <vector>

/** What one environment (the main thread, a worker) holds. */
class Addon final : public Napi::Addon<Addon> {
 public:
  Addon(Napi::Env env, Napi::Object exports);

  /** Where a message is received before it is copied into a Buffer of its length. */
  std::vector<uint8_t>& ReceiveBuffer();

 private:
  Napi::Value WatchPidfd(const Napi::CallbackInfo& info);

  Napi::FunctionReference watch_;
  std::vector<uint8_t> receive_buffer_;
};
