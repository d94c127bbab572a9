#include "deliver.h"

bool Deliver(Napi::Object receiver, Napi::Function callback, std::initializer_list<napi_value> arguments) {
  const napi_env env = callback.Env();
  napi_value ignored = nullptr;
  const napi_status status =
      napi_make_callback(env, nullptr, receiver, callback, arguments.size(), arguments.begin(), &ignored);
  if (status != napi_pending_exception) return status == napi_ok;
  napi_value thrown = nullptr;
  if (napi_get_and_clear_last_exception(env, &thrown) == napi_ok) napi_fatal_exception(env, thrown);
  return true;
}
