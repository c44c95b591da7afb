#include "bqstreamer/config.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <sys/mman.h>
#include <unistd.h>

#include <caf/atom.hpp>
#include <caf/openssl/manager.hpp>
#include <caf/timespan.hpp>

#include "bqstreamer/messages.hpp"
#include "client/guarded_middleman.hpp"
#include "client/tls_check.hpp"
#include "client/tls_floor.hpp"
#include "http/small_file.hpp"

namespace bqs {

namespace {

using namespace std::chrono_literals;

/// Messages that an actor takes before another one has its turn.
constexpr std::size_t most_at_once = 4;

/// Copies a file into memory and returns a path to the copy, which lives as
/// long as the process; or an empty text.
std::string keep_copy(const std::string& path) {
  auto [text, fault] = http::read_small_file(path, http::largest_pem);
  if (!fault.empty())
    return {};
  auto fd = memfd_create("bqstreamer-tls", MFD_CLOEXEC);
  std::string_view left{text};
  while (fd >= 0 && !left.empty()) {
    auto n = write(fd, left.data(), left.size());
    if (n <= 0) {
      close(fd);
      return {};
    }
    left.remove_prefix(static_cast<std::size_t>(n));
  }
  return fd < 0 ? std::string{} : "/proc/self/fd/" + std::to_string(fd);
}

/// CAF reads the files at every connection, and ends the process if one of
/// them is not what it was: half of a renewal would be enough. It gets copies.
std::optional<tls_files> keep_copies(const tls_files& files) {
  tls_files result{keep_copy(files.certificate), keep_copy(files.key),
                   files.passphrase, keep_copy(files.ca_file)};
  if (result.certificate.empty() || result.key.empty()
      || result.ca_file.empty())
    return std::nullopt;
  return result;
}

} // namespace

config::config(std::size_t workers) {
  add_node_messages(*this);
  // Idle workers sleep until there is work; those that steal it look for some
  // a hundred times in a second.
  set("scheduler.policy", caf::atom("sharing"));
  // Or what goes to a peer waits until all that is to go there is written up,
  // a thousand receipts perhaps.
  set("scheduler.max-throughput", most_at_once);
  if (workers > 0)
    set("scheduler.max-threads", workers);
  load<guarded_middleman>();
  set("middleman.workers", std::size_t{0});
}

std::size_t default_workers() {
  constexpr auto enough_for_two = 4;
  return std::thread::hardware_concurrency() < enough_for_two ? 1 : 2;
}

void add_node_messages(caf::actor_system_config& cfg) {
  cfg.add_message_types<caf::id_block::bqs_messages>();
  cfg.set("middleman.app-identifiers", std::vector<std::string>{protocol});
  // Without heartbeats a peer that is gone without a word is never noticed.
  cfg.set("middleman.heartbeat-interval", caf::timespan{10s});
  cfg.set("middleman.connection-timeout", caf::timespan{40s});
}

std::string use_tls(caf::actor_system_config& cfg, const tls_files& files) {
  if (auto wrong = check_tls(files, std::nullopt))
    return wrong->text;
  auto copies = keep_copies(files);
  if (!copies || check_tls(*copies, std::nullopt))
    return files.certificate + ": cannot be kept in memory, nor its key";
  demand_tls_1_2(copies->certificate);
  cfg.load<caf::openssl::manager>();
  cfg.openssl_certificate = copies->certificate;
  cfg.openssl_key = copies->key;
  cfg.openssl_passphrase = copies->passphrase;
  cfg.openssl_cafile = copies->ca_file;
  return {};
}

} // namespace bqs
