#include "addon.h"

#include "calls.h"
#include "channel.h"
#include "watch.h"

Addon::Addon(Napi::Env env, Napi::Object exports) : watch_(Napi::Persistent(Watch::Define(env))) {
  exports.Set("openat2", Napi::Function::New<OpenAt2>(env, "openat2"));
  exports.Set("close", Napi::Function::New<Close>(env, "close"));
  exports.Set("pipe", Napi::Function::New<Pipe>(env, "pipe"));
  exports.Set("socketPair", Napi::Function::New<SocketPair>(env, "socketPair"));
  exports.Set("pendingBytes", Napi::Function::New<PendingBytes>(env, "pendingBytes"));
  exports.Set("setWindowSize", Napi::Function::New<SetWindowSize>(env, "setWindowSize"));
  exports.Set("pidfdOpen", Napi::Function::New<PidfdOpen>(env, "pidfdOpen"));
  exports.Set("pidfdSignal", Napi::Function::New<PidfdSignal>(env, "pidfdSignal"));
  exports.Set("peerCredentials", Napi::Function::New<PeerCredentials>(env, "peerCredentials"));
  exports.Set("mount", Napi::Function::New<Mount>(env, "mount"));
  exports.Set("unmount", Napi::Function::New<Unmount>(env, "unmount"));
  exports.Set("ethernet", Napi::Function::New<Ethernet>(env, "ethernet"));
  exports.Set("constants", Constants(env));
  exports.Set("Channel", Channel::Define(env));
  DefineAddon(exports, {InstanceMethod<&Addon::WatchPidfd>("watchPidfd")});
}

std::vector<uint8_t>& Addon::ReceiveBuffer() {
  if (receive_buffer_.empty()) receive_buffer_.resize(kMaxMessageBytes);
  return receive_buffer_;
}

Napi::Value Addon::WatchPidfd(const Napi::CallbackInfo& info) { return watch_.New({info[0], info[1]}); }

NODE_API_ADDON(Addon)
