#pragma once

#include <napi.h>

/** Thin calls on the kernel; the declarations in native.ts say what each does. */
Napi::Value OpenAt2(const Napi::CallbackInfo& info);
void Close(const Napi::CallbackInfo& info);
Napi::Value Pipe(const Napi::CallbackInfo& info);
Napi::Value SocketPair(const Napi::CallbackInfo& info);
Napi::Value PendingBytes(const Napi::CallbackInfo& info);
void SetWindowSize(const Napi::CallbackInfo& info);
Napi::Value PidfdOpen(const Napi::CallbackInfo& info);
Napi::Value PidfdSignal(const Napi::CallbackInfo& info);
Napi::Value PeerCredentials(const Napi::CallbackInfo& info);
Napi::Value Mount(const Napi::CallbackInfo& info);
Napi::Value Unmount(const Napi::CallbackInfo& info);
Napi::Value Ethernet(const Napi::CallbackInfo& info);

Napi::Object Constants(Napi::Env env);
