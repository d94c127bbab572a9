#include <errno.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <vector>

#include "arguments.h"
#include "blocking-call.h"
#include "calls.h"

namespace {

struct Answer {
  std::string firmware;
  bool has_settings = false;
  uint8_t port = 0;
  uint8_t transceiver = 0;
  bool auto_negotiation = false;
  std::vector<uint32_t> supported;
};

/** Settings are followed by three masks, whose words a signed byte counts. */
constexpr size_t kMostMaskBytes = 3 * INT8_MAX * sizeof(uint32_t);

/** 0 or an errno. */
int Ask(int socket, const std::string& name, void* data) {
  ifreq request = {};
  memcpy(request.ifr_name, name.data(), name.size());
  request.ifr_data = static_cast<char*>(data);
  return ioctl(socket, SIOCETHTOOL, &request) == 0 ? 0 : errno;
}

int AskFirmware(int socket, const std::string& name, Answer* answer) {
  ethtool_drvinfo driver = {};
  driver.cmd = ETHTOOL_GDRVINFO;
  const int error = Ask(socket, name, &driver);
  if (error != 0) return error == EOPNOTSUPP ? 0 : error;
  answer->firmware.assign(driver.fw_version, strnlen(driver.fw_version, sizeof(driver.fw_version)));
  return 0;
}

int AskSettings(int socket, const std::string& name, Answer* answer) {
  alignas(ethtool_link_settings) uint8_t bytes[sizeof(ethtool_link_settings) + kMostMaskBytes] = {};
  auto* settings = reinterpret_cast<ethtool_link_settings*>(bytes);
  settings->cmd = ETHTOOL_GLINKSETTINGS;
  int error = Ask(socket, name, settings);
  // The kernel says by a negative number how many words its masks have, and wants to be asked again with it.
  if (error == 0 && settings->link_mode_masks_nwords < 0) {
    settings->cmd = ETHTOOL_GLINKSETTINGS;
    settings->link_mode_masks_nwords = static_cast<__s8>(-settings->link_mode_masks_nwords);
    error = Ask(socket, name, settings);
  }
  if (error != 0) return error == EOPNOTSUPP ? 0 : error;
  if (settings->link_mode_masks_nwords <= 0) return 0;
  answer->has_settings = true;
  answer->port = settings->port;
  answer->transceiver = settings->transceiver;
  answer->auto_negotiation = settings->autoneg == AUTONEG_ENABLE;
  answer->supported.assign(settings->link_mode_masks, settings->link_mode_masks + settings->link_mode_masks_nwords);
  return 0;
}

int AskAll(const std::string& name, Answer* answer) {
  if (name.empty() || name.size() >= IFNAMSIZ) return ENODEV;
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return errno;
  int error = AskFirmware(fd, name, answer);
  if (error == 0) error = AskSettings(fd, name, answer);
  close(fd);
  return error;
}

Napi::Value ResultOf(Napi::Env env, const Answer& answer) {
  Napi::Object result = Napi::Object::New(env);
  result.Set("firmwareVersion", answer.firmware);
  if (!answer.has_settings) return result;
  Napi::Object settings = Napi::Object::New(env);
  Napi::Array supported = Napi::Array::New(env, answer.supported.size());
  for (uint32_t i = 0; i < answer.supported.size(); i++) supported.Set(i, Napi::Number::New(env, answer.supported[i]));
  settings.Set("port", Napi::Number::New(env, answer.port));
  settings.Set("transceiver", Napi::Number::New(env, answer.transceiver));
  settings.Set("autoNegotiation", Napi::Boolean::New(env, answer.auto_negotiation));
  settings.Set("supported", supported);
  result.Set("settings", settings);
  return result;
}

}  // namespace

Napi::Value Ethernet(const Napi::CallbackInfo& info) {
  const std::string name = TextArgument(info[0], "name");
  const auto answer = std::make_shared<Answer>();
  return BlockingCall::Make(
      info.Env(), {"ioctl", name}, [=] { return AskAll(name, answer.get()); },
      [=](Napi::Env env) { return ResultOf(env, *answer); });
}
