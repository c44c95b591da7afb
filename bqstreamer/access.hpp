#pragma once

#include <string>
#include <variant>

#include <caf/fwd.hpp>

namespace bqs {

/// Files that let a program in at a node, or that a node checks its peers by.
struct access_files {
  /// PEM; these three together, or none of them.
  std::string certificate;
  std::string key;
  /// Whose certificates are trusted.
  std::string ca_file;
  /// Its first line opens the key; empty if that is not encrypted.
  std::string passphrase_file;
  /// Its first line is the pass of operators; may be empty.
  std::string admin_pass_file;
};

/// What came out of them.
struct access {
  /// For `connector_options::tls`, or `node::publish`.
  bool tls = false;
  /// For `subscriber_options::admin_pass`, or `node_options::admin_pass`.
  std::string admin_pass;
};

/// What a certificate is shown as.
enum class tls_role {
  client,
  node,
};

/// Reads and checks the files, and turns on TLS in `cfg` if there is a
/// certificate: its key, its authority, its dates, and that it is good for the
/// role. Returns one line that names the setting and the file if something is
/// wrong.
/// @param prefix what messages call the settings: `--` makes it
///               `--tls-certificate`, `node.` makes it `node.tls-certificate`
std::variant<access, std::string> open_access(caf::actor_system_config& cfg,
                                              const access_files& files,
                                              const std::string& prefix,
                                              tls_role role = tls_role::client);

/// The same with the files that these variables of the environment name:
/// BQSTREAMER_TLS_CERTIFICATE, BQSTREAMER_TLS_KEY, BQSTREAMER_TLS_CA_FILE,
/// BQSTREAMER_TLS_PASSPHRASE_FILE, BQSTREAMER_ADMIN_PASS_FILE.
std::variant<access, std::string>
access_from_environment(caf::actor_system_config& cfg);

} // namespace bqs
