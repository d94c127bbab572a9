#pragma once

#include <errno.h>

#include <lxc/lxccontainer.h>

#include <string>

/** The few entry points of liblxc.so.1; all else goes through the container's own table. */
class Library final {
 public:
  /** Opens the shared library; `error` says why when it is not there. */
  static const Library* Open(std::string* error);

  lxc_container* (*container_new)(const char* name, const char* path);
  int (*container_put)(lxc_container* container);
  const char* (*version)();
  bool (*has_api_extension)(const char* extension);
};
