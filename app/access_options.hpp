#pragma once

#include "bqstreamer/access.hpp"
#include "bqstreamer/messages.hpp"

namespace CLI {

class App;

} // namespace CLI

namespace bqs::app {

/// Whether a command does what operators do, for which a node may want a pass.
enum class operates {
  no,
  yes,
};

/// Adds the options by which a node lets a command in: `--tls-certificate` and
/// its kin. What is not given there is taken from the environment.
/// @param given lives as long as `command`
void add_access_options(CLI::App& command, access_files& given, operates as);

/// Checks what was given, and turns on TLS if it is wanted. Returns one line
/// that names the option if something is wrong.
std::variant<access, std::string> open_access(caf::actor_system_config& cfg,
                                              const access_files& given);

/// Puts the pass of operators into a message, if there is one.
template <class Message>
Message with_pass(Message x, const access& by) {
  if (!by.admin_pass.empty())
    x.extras[admin_pass_extra] = by.admin_pass;
  return x;
}

} // namespace bqs::app
