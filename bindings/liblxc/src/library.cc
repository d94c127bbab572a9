#include "library.h"

#include <dlfcn.h>

namespace {

template <typename F>
bool Find(void* handle, const char* name, F* into) {
  *into = reinterpret_cast<F>(dlsym(handle, name));
  return *into != nullptr;
}

}  // namespace

const Library* Library::Open(std::string* error) {
  void* handle = dlopen("liblxc.so.1", RTLD_NOW | RTLD_LOCAL);
  if (!handle) {
    *error = dlerror();
    return nullptr;
  }
  // Never closed: containers of every environment in the process point into it.
  auto* library = new Library;
  if (Find(handle, "lxc_container_new", &library->container_new) &&
      Find(handle, "lxc_container_put", &library->container_put) && Find(handle, "lxc_get_version", &library->version) &&
      Find(handle, "lxc_has_api_extension", &library->has_api_extension)) {
    return library;
  }
  *error = dlerror();
  delete library;
  return nullptr;
}
