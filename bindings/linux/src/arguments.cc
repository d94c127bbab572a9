#include "arguments.h"

#include <cmath>
#include <limits>

namespace {

constexpr double kMaxSafeInteger = 9007199254740991.0;

Napi::TypeError Unfit(Napi::Env env, const char* name, const char* wanted) {
  Napi::TypeError error = Napi::TypeError::New(env, std::string(name) + " must be " + wanted);
  error.Set("code", Napi::String::New(env, "ERR_INVALID_ARG_TYPE"));
  return error;
}

double WholeNumber(Napi::Value value, const char* name, double least, double most) {
  const double number = value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : NAN;
  if (std::trunc(number) == number && number >= least && number <= most) return number;
  throw Unfit(value.Env(), name, "a whole number in range");
}

}  // namespace

int IntegerArgument(Napi::Value value, const char* name) {
  using Limits = std::numeric_limits<int>;
  return static_cast<int>(WholeNumber(value, name, Limits::min(), Limits::max()));
}

uint64_t BitsArgument(Napi::Value value, const char* name) {
  return static_cast<uint64_t>(WholeNumber(value, name, 0, kMaxSafeInteger));
}

std::string TextArgument(Napi::Value value, const char* name) {
  if (!value.IsString()) throw Unfit(value.Env(), name, "a string");
  std::string text = value.As<Napi::String>().Utf8Value();
  if (text.find('\0') != std::string::npos) throw Unfit(value.Env(), name, "a string without null bytes");
  return text;
}

Napi::Object ObjectArgument(Napi::Value value, const char* name) {
  if (!value.IsObject()) throw Unfit(value.Env(), name, "an object");
  return value.As<Napi::Object>();
}

Napi::Function FunctionArgument(Napi::Value value, const char* name) {
  if (!value.IsFunction()) throw Unfit(value.Env(), name, "a function");
  return value.As<Napi::Function>();
}

std::vector<int> DescriptorsArgument(Napi::Value value, const char* name) {
  if (!value.IsArray()) throw Unfit(value.Env(), name, "an array of descriptors");
  const Napi::Array array = value.As<Napi::Array>();
  std::vector<int> fds(array.Length());
  for (uint32_t i = 0; i < fds.size(); i++) fds[i] = IntegerArgument(array.Get(i), name);
  return fds;
}
