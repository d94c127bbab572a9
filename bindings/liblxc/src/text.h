#pragma once

#include <napi.h>

#include <string>

/** Reads one argument; throws a TypeError with code ERR_INVALID_ARG_TYPE when it is no string, or one with null bytes. */
std::string TextArgument(Napi::Value value, const char* name);

/** As TextArgument, for one component of a path. */
std::string NameArgument(Napi::Value value, const char* name);
