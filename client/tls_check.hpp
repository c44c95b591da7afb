#pragma once

#include <optional>
#include <string>

#include "bqstreamer/access.hpp"
#include "bqstreamer/config.hpp"

namespace bqs {

/// What is wrong with files for TLS.
struct tls_fault {
  enum class part {
    certificate,
    key,
    passphrase,
    ca_file,
  };
  part where;
  /// One line that names the file.
  std::string text;
};

/// Loads the files as CAF will, and looks for what would have every peer
/// refuse them. CAF would end the process at the first connection, or say
/// nothing at all.
/// @param role what the certificate must be good for; nothing: for either
std::optional<tls_fault> check_tls(const tls_files& files,
                                   std::optional<tls_role> role);

/// For `SSL_CTX_set_default_passwd_cb` and PEM readers: gives the text that
/// `passphrase`, a `const std::string*`, points to. Never asks at a terminal.
int give_passphrase(char* buffer, int size, int, void* passphrase);

} // namespace bqs
