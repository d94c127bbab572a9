#include "library.h"

#include <dlfcn.h>

#include <mutex>

namespace {

template <typename F>
bool Find(void* handle, const char* name, F* into) {
  *into = reinterpret_cast<F>(dlsym(handle, name));
  return *into != nullptr;
}

bool FindAll(void* handle, Library* library) {
  return Find(handle, "lxc_container_new", &library->container_new) &&
         Find(handle, "lxc_container_put", &library->container_put) &&
         Find(handle, "lxc_get_version", &library->version) &&
         Find(handle, "lxc_has_api_extension", &library->has_api_extension);
}

}  // namespace

const Library* Library::Open(std::string* error) {
  static std::mutex opening;
  static Library library;
  const std::lock_guard<std::mutex> lock(opening);
  if (library.container_new) return &library;
  // Never closed: containers of every environment in the process point into it.
  void* handle = dlopen("liblxc.so.1", RTLD_NOW | RTLD_LOCAL);
  Library found;
  if (handle && FindAll(handle, &found)) {
    library = found;
    return &library;
  }
  const char* why = dlerror();
  *error = why ? why : "it lacks an entry point";
  return nullptr;
}
