#pragma once

#include <napi.h>

#include <string>

/** An Error as Node makes them: `errno` (negative), `code`, `syscall` and, where there is one, `path`. */
Napi::Error SystemFailure(Napi::Env env, int error, const char* syscall, const std::string& path = "");
