#include "app/access_options.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

namespace bqs::app {

void add_access_options(CLI::App& command, access_files& given, operates as) {
  auto add = [&command](const std::string& name, const char* variable,
                        std::string& to, const std::string& meaning) {
    command.add_option(name, to, meaning)
      ->type_name("FILE")
      ->envname(variable)
      ->group("Access");
  };
  add("--tls-certificate", "BQSTREAMER_TLS_CERTIFICATE", given.certificate,
      "Certificate that is shown to the node; with it TLS is used");
  add("--tls-key", "BQSTREAMER_TLS_KEY", given.key, "Its key");
  add("--tls-ca-file", "BQSTREAMER_TLS_CA_FILE", given.ca_file,
      "Authority that the node's certificate must be of");
  add("--tls-passphrase-file", "BQSTREAMER_TLS_PASSPHRASE_FILE",
      given.passphrase_file, "File whose first line opens the key");
  if (as == operates::yes)
    add("--admin-pass-file", "BQSTREAMER_ADMIN_PASS_FILE",
        given.admin_pass_file,
        "File whose first line is the node's admin pass, if it wants one");
}

std::variant<access, std::string> open_access(caf::actor_system_config& cfg,
                                              const access_files& given) {
  return bqs::open_access(cfg, given, "--");
}

} // namespace bqs::app
