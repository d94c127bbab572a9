#pragma once

#include <napi.h>

#include <initializer_list>

/**
 * Calls into JavaScript from the event loop. What the callback throws becomes an uncaught exception, as for Node's own
 * events. False when JavaScript cannot run any more.
 */
bool Deliver(Napi::Object receiver, Napi::Function callback, std::initializer_list<napi_value> arguments);
