#include "bqstreamer/access.hpp"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <utility>

#include "bqstreamer/config.hpp"
#include "client/secret_line.hpp"
#include "client/tls_check.hpp"

namespace bqs {

namespace {

using part = tls_fault::part;

constexpr const char* environment_prefix = "BQSTREAMER_";
constexpr const char* certificate_key = "tls-certificate";
constexpr const char* key_key = "tls-key";
constexpr const char* passphrase_key = "tls-passphrase-file";
constexpr const char* ca_file_key = "tls-ca-file";
constexpr const char* admin_pass_key = "admin-pass-file";

/// Shorter ones could be guessed.
constexpr std::size_t shortest_pass = 12;

std::string name_of(const std::string& prefix, const char* key) {
  auto result = prefix + key;
  if (prefix == environment_prefix)
    std::ranges::transform(result, result.begin(), [](unsigned char c) {
      return c == '-' ? '_' : static_cast<char>(std::toupper(c));
    });
  return result;
}

const char* key_of(part x) {
  switch (x) {
    case part::certificate:
      return certificate_key;
    case part::key:
      return key_key;
    case part::passphrase:
      return passphrase_key;
    case part::ca_file:
      return ca_file_key;
  }
  return certificate_key;
}

std::string from_environment(const char* key) {
  auto text = std::getenv(name_of(environment_prefix, key).c_str());
  return text != nullptr ? text : "";
}

/// Turns on TLS. Returns what is wrong.
std::string open_tls(caf::actor_system_config& cfg, const access_files& files,
                     const std::string& prefix, tls_role role) {
  using named = std::pair<const char*, const std::string*>;
  auto name = [&prefix](const char* key) { return name_of(prefix, key); };
  for (auto& [key, file] :
       {named{certificate_key, &files.certificate}, named{key_key, &files.key},
        named{ca_file_key, &files.ca_file}})
    if (file->empty())
      return name(key) + ": is missing; " + name(certificate_key) + ", "
             + name(key_key) + " and " + name(ca_file_key)
             + " go together (`bqstreamer make-certs` makes such files)";
  tls_files wanted{files.certificate, files.key, {}, files.ca_file};
  if (!files.passphrase_file.empty()) {
    auto read = read_secret_line(files.passphrase_file);
    if (!read.error.empty())
      return name(passphrase_key) + ": " + read.error;
    wanted.passphrase = std::move(read.text);
  }
  if (auto wrong = check_tls(wanted, role))
    return name(key_of(wrong->where)) + ": " + wrong->text;
  return use_tls(cfg, wanted);
}

} // namespace

std::variant<access, std::string> open_access(caf::actor_system_config& cfg,
                                              const access_files& files,
                                              const std::string& prefix,
                                              tls_role role) {
  access result;
  result.tls = !files.certificate.empty() || !files.key.empty()
               || !files.ca_file.empty() || !files.passphrase_file.empty();
  if (result.tls)
    if (auto wrong = open_tls(cfg, files, prefix, role); !wrong.empty())
      return wrong;
  if (files.admin_pass_file.empty())
    return result;
  auto read = read_secret_line(files.admin_pass_file);
  if (read.error.empty() && read.text.size() < shortest_pass)
    read.error = files.admin_pass_file + ": its first line is shorter than "
                 + std::to_string(shortest_pass) + " characters";
  if (!read.error.empty())
    return name_of(prefix, admin_pass_key) + ": " + read.error;
  result.admin_pass = std::move(read.text);
  return result;
}

std::variant<access, std::string>
access_from_environment(caf::actor_system_config& cfg) {
  return open_access(cfg,
                     {from_environment(certificate_key),
                      from_environment(key_key), from_environment(ca_file_key),
                      from_environment(passphrase_key),
                      from_environment(admin_pass_key)},
                     environment_prefix);
}

} // namespace bqs
