#include "bqstreamer/config.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <caf/atom.hpp>
#include <caf/io/middleman.hpp>
#include <caf/openssl/manager.hpp>
#include <caf/timespan.hpp>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "bqstreamer/messages.hpp"

namespace bqs {

namespace {

using namespace std::chrono_literals;

struct free_context {
  void operator()(SSL_CTX* x) const {
    SSL_CTX_free(x);
  }
};

int give_passphrase(char* buffer, int size, int, void* passphrase) {
  auto& text = *static_cast<const std::string*>(passphrase);
  if (size < 0 || text.size() > static_cast<std::size_t>(size))
    return 0;
  text.copy(buffer, text.size());
  return static_cast<int>(text.size());
}

/// Loads the files as CAF will.
std::string check(const tls_files& files) {
  std::unique_ptr<SSL_CTX, free_context> context{SSL_CTX_new(TLS_method())};
  if (!context)
    return "TLS is not available";
  auto x = context.get();
  auto passphrase = files.passphrase;
  SSL_CTX_set_default_passwd_cb(x, give_passphrase);
  SSL_CTX_set_default_passwd_cb_userdata(x, &passphrase);
  std::string result;
  if (SSL_CTX_use_certificate_chain_file(x, files.certificate.c_str()) != 1)
    result = files.certificate + ": not a certificate that can be read";
  else if (SSL_CTX_use_PrivateKey_file(x, files.key.c_str(), SSL_FILETYPE_PEM)
           != 1)
    result = files.key + ": not a key that can be read, or not that of "
             + files.certificate;
  else if (SSL_CTX_load_verify_locations(x, files.ca_file.c_str(), nullptr)
           != 1)
    result = files.ca_file + ": not an authority's certificate";
  ERR_clear_error();
  return result;
}

} // namespace

config::config() {
  add_node_messages(*this);
  // Idle workers sleep until there is work; those that steal it look for some
  // a hundred times in a second.
  set("scheduler.policy", caf::atom("sharing"));
  load<caf::io::middleman>();
}

void add_node_messages(caf::actor_system_config& cfg) {
  cfg.add_message_types<caf::id_block::bqs_messages>();
  cfg.set("middleman.app-identifiers", std::vector<std::string>{protocol});
  // Without heartbeats a peer that is gone without a word is never noticed.
  cfg.set("middleman.heartbeat-interval", caf::timespan{10s});
  cfg.set("middleman.connection-timeout", caf::timespan{40s});
}

std::string use_tls(caf::actor_system_config& cfg, const tls_files& files) {
  if (auto wrong = check(files); !wrong.empty())
    return wrong;
  cfg.load<caf::openssl::manager>();
  cfg.openssl_certificate = files.certificate;
  cfg.openssl_key = files.key;
  cfg.openssl_passphrase = files.passphrase;
  cfg.openssl_cafile = files.ca_file;
  return {};
}

} // namespace bqs
