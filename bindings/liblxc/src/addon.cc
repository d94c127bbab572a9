#include <napi.h>

#include "container.h"
#include "library.h"
#include "text.h"

/** What one environment (the main thread, a worker) holds. */
class Addon final : public Napi::Addon<Addon> {
 public:
  Addon(Napi::Env env, Napi::Object exports) : handles_(Napi::Persistent(ContainerHandle::Define(env))) {
    std::string error;
    library_ = Library::Open(&error);
    if (!library_) throw Missing(env, error);
    DefineAddon(exports, {
                             InstanceValue("version", Napi::String::New(env, library_->version()), napi_enumerable),
                             InstanceMethod<&Addon::HasApiExtension>("hasApiExtension"),
                             InstanceMethod<&Addon::Open>("open"),
                         });
  }

 private:
  static Napi::Error Missing(Napi::Env env, const std::string& why) {
    Napi::Error error = Napi::Error::New(env, "liblxc cannot be loaded; install the package liblxc1 (" + why + ")");
    error.Set("code", Napi::String::New(env, "LIBLXC_MISSING"));
    return error;
  }

  Napi::Value HasApiExtension(const Napi::CallbackInfo& info) {
    return Napi::Boolean::New(info.Env(), library_->has_api_extension(TextArgument(info[0], "name").c_str()));
  }

  Napi::Value Open(const Napi::CallbackInfo& info) {
    const Napi::Object ref = info[0].ToObject();
    const std::string name = NameArgument(ref.Get("name"), "name");
    const std::string path = TextArgument(ref.Get("lxcPath"), "lxcPath");
    const Napi::Value given = ref.Get("configFile");
    const std::string file = given.IsUndefined() ? "" : TextArgument(given, "configFile");
    auto* call = new Call(info.Env(), [this, name, path, file] { return Opened(name, path, file); }, nullptr);
    const Napi::Promise promise = call->Promise();
    call->Queue();
    return promise;
  }

  Outcome Opened(const std::string& name, const std::string& path, const std::string& file) {
    errno = 0;
    lxc_container* found = library_->container_new(name.c_str(), path.c_str());
    if (!found) return Outcome::Failure("liblxc could not open the container " + name, errno);
    auto container = std::make_shared<Container>(library_, found);
    if (!file.empty() && !found->load_config(found, file.c_str())) {
      return Outcome::Failure("liblxc could not load " + file, errno == 0 ? EINVAL : errno);
    }
    return Outcome::Value([this, container](Napi::Env) -> Napi::Value {
      const Napi::Object handle = handles_.New({});
      ContainerHandle::Unwrap(handle)->Own(container);
      return handle;
    });
  }

  const Library* library_ = nullptr;
  Napi::FunctionReference handles_;
};

NODE_API_ADDON(Addon)
