#include <errno.h>
#include <sys/mount.h>

#include "arguments.h"
#include "blocking-call.h"
#include "calls.h"

Napi::Value Mount(const Napi::CallbackInfo& info) {
  const Napi::Object call = ObjectArgument(info[0], "mount");
  const std::string source = TextArgument(call.Get("source"), "source");
  const std::string target = TextArgument(call.Get("target"), "target");
  const std::string type = TextArgument(call.Get("type"), "type");
  const unsigned long flags = BitsArgument(call.Get("flags"), "flags");
  const Napi::Value given = call.Get("data");
  const std::string data = given.IsUndefined() ? "" : TextArgument(given, "data");
  return BlockingCall::Make(info.Env(), {"mount", target}, [=] {
    const char* options = data.empty() ? nullptr : data.c_str();
    return mount(source.c_str(), target.c_str(), type.c_str(), flags, options) == 0 ? 0 : errno;
  });
}

Napi::Value Unmount(const Napi::CallbackInfo& info) {
  const std::string target = TextArgument(info[0], "target");
  const bool detach = info[1].IsObject() && info[1].As<Napi::Object>().Get("detach").ToBoolean();
  return BlockingCall::Make(info.Env(), {"umount2", target}, [=] {
    return umount2(target.c_str(), detach ? MNT_DETACH : 0) == 0 ? 0 : errno;
  });
}
