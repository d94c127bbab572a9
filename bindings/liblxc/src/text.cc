#include "text.h"

namespace {

Napi::TypeError Unfit(Napi::Env env, const char* name, const char* wanted) {
  Napi::TypeError error = Napi::TypeError::New(env, std::string(name) + " must be " + wanted);
  error.Set("code", Napi::String::New(env, "ERR_INVALID_ARG_TYPE"));
  return error;
}

}  // namespace

std::string TextArgument(Napi::Value value, const char* name) {
  if (!value.IsString()) throw Unfit(value.Env(), name, "a string");
  std::string text = value.As<Napi::String>().Utf8Value();
  if (text.find('\0') != std::string::npos) throw Unfit(value.Env(), name, "a string without null bytes");
  return text;
}

std::string NameArgument(Napi::Value value, const char* name) {
  std::string text = TextArgument(value, name);
  if (!text.empty() && text != "." && text != ".." && text.find('/') == std::string::npos) return text;
  throw Unfit(value.Env(), name, "a name, without slashes");
}
