#pragma once

#include <napi.h>

#include <cstdint>
#include <string>
#include <vector>

/** Each reads one argument and throws a TypeError with code ERR_INVALID_ARG_TYPE when it is something else. */
int IntegerArgument(Napi::Value value, const char* name);
uint64_t BitsArgument(Napi::Value value, const char* name);
std::string TextArgument(Napi::Value value, const char* name);
Napi::Object ObjectArgument(Napi::Value value, const char* name);
Napi::Function FunctionArgument(Napi::Value value, const char* name);
std::vector<int> DescriptorsArgument(Napi::Value value, const char* name);
