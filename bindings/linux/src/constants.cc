#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/mount.h>

#include "calls.h"

namespace {

struct Constant {
  const char* name;
  double value;
};

#define CONSTANT(name) {#name, static_cast<double>(name)}
constexpr Constant kConstants[] = {
    CONSTANT(O_RDONLY),
    CONSTANT(O_WRONLY),
    CONSTANT(O_RDWR),
    CONSTANT(O_CREAT),
    CONSTANT(O_EXCL),
    CONSTANT(O_TRUNC),
    CONSTANT(O_APPEND),
    CONSTANT(O_NOFOLLOW),
    CONSTANT(O_DIRECTORY),
    CONSTANT(O_PATH),
    CONSTANT(O_NONBLOCK),
    CONSTANT(O_CLOEXEC),
    CONSTANT(RESOLVE_BENEATH),
    CONSTANT(RESOLVE_NO_SYMLINKS),
    CONSTANT(RESOLVE_NO_MAGICLINKS),
    CONSTANT(RESOLVE_NO_XDEV),
    CONSTANT(RESOLVE_IN_ROOT),
    CONSTANT(MS_BIND),
    CONSTANT(MS_REC),
    CONSTANT(MS_RDONLY),
    CONSTANT(MS_NOSUID),
    CONSTANT(MS_NODEV),
    CONSTANT(MS_NOEXEC),
    CONSTANT(MS_REMOUNT),
    CONSTANT(MS_PRIVATE),
    CONSTANT(MS_SLAVE),
    CONSTANT(MS_SHARED),
};
#undef CONSTANT

}  // namespace

Napi::Object Constants(Napi::Env env) {
  Napi::Object constants = Napi::Object::New(env);
  for (const auto& [name, value] : kConstants) constants.Set(name, Napi::Number::New(env, value));
  constants.Freeze();
  return constants;
}
