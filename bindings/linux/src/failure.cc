#include "failure.h"

#include <string.h>

Napi::Error SystemFailure(Napi::Env env, int error, const char* syscall, const std::string& path) {
  const char* name = strerrorname_np(error);
  const char* description = strerrordesc_np(error);
  const std::string code = name ? name : "UNKNOWN";
  std::string message = code + ": " + (description ? description : "unknown error") + ", " + syscall;
  if (!path.empty()) message += " '" + path + "'";

  Napi::Error failure = Napi::Error::New(env, message);
  failure.Set("errno", Napi::Number::New(env, -error));
  failure.Set("code", Napi::String::New(env, code));
  failure.Set("syscall", Napi::String::New(env, syscall));
  if (!path.empty()) failure.Set("path", Napi::String::New(env, path));
  return failure;
}
