#pragma once

#include <errno.h>

#include <lxc/lxccontainer.h>

#include <string>

/** The few entry points of liblxc.so.1; all else goes through the container's own table. */
class Library final {
 public:
  /** The shared library, opened once for the whole process; null with `error` when it is not there. */
  static const Library* Open(std::string* error);

  lxc_container* (*container_new)(const char* name, const char* path) = nullptr;
  int (*container_put)(lxc_container* container) = nullptr;
  const char* (*version)() = nullptr;
  bool (*has_api_extension)(const char* extension) = nullptr;
};
