#include "sandbox/key_file.hpp"

#include <nlohmann/json.hpp>

#include "sandbox/errors.hpp"
#include "sandbox/metadata.hpp"
#include "sandbox/rsa_key.hpp"
#include "sandbox/secrets.hpp"

namespace bqs::sandbox {

std::string make_key_file(const std::string& project, const std::string& url) {
  auto pem = make_private_pem();
  // Not made of the key: it is no secret.
  auto key_id = sha256_hex(random_bytes(32)).substr(0, 40);
  nlohmann::ordered_json result{
    {"type", "service_account"},
    {"project_id", project},
    {"private_key_id", key_id},
    {"private_key", pem},
    {"client_email", own_email(project)},
    {"client_id", project_number(project)},
    {"auth_uri", url + "/o/oauth2/auth"},
    {"token_uri", url + "/token"},
    {"auth_provider_x509_cert_url", url + "/oauth2/v1/certs"},
    {"client_x509_cert_url", url + "/robot/v1/metadata/x509"},
    {"universe_domain", "googleapis.com"}};
  return result.dump(2) + "\n";
}

} // namespace bqs::sandbox
