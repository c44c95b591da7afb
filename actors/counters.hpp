#pragma once

#include <atomic>
#include <cstdint>

namespace bqs {

/// What a node counts beside its ledger. Written by the actors, read by
/// whoever asks; each number stands alone.
struct counters {
  std::atomic<std::uint64_t> refused_overloaded{0};
  /// Of those: though there was room, for the table held its share.
  std::atomic<std::uint64_t> refused_share{0};
  std::atomic<std::uint64_t> refused_draining{0};
  std::atomic<std::uint64_t> refused_malformed{0};
  std::atomic<std::uint64_t> refused_conflict{0};
  std::atomic<std::uint64_t> refused_block_too_large{0};
  /// Requests of operators that did not have the admin pass.
  std::atomic<std::uint64_t> denied{0};
  /// Peers that failed the TLS handshake.
  std::atomic<std::uint64_t> refused_peers{0};
  /// Actors that ended by themselves and had a successor.
  std::atomic<std::uint64_t> restarted_streamers{0};
  std::atomic<std::uint64_t> restarted_http{0};
  std::atomic<std::uint64_t> restarted_dispatcher{0};
  std::atomic<std::uint64_t> restarted_tokens{0};
  std::atomic<std::uint64_t> restarted_collector{0};
  std::atomic<std::uint64_t> restarted_dead_letters{0};
  /// Requests under way.
  std::atomic<std::uint64_t> in_flight{0};
  /// So many may be, as the limiter has it.
  std::atomic<std::uint64_t> in_flight_limit{0};
  std::atomic<std::uint64_t> subscribers{0};
  /// Rows that failed and were not told to a subscriber, over all of them.
  std::atomic<std::uint64_t> missed{0};
  /// Receipts that were not sent since their sender acknowledges none.
  std::atomic<std::uint64_t> receipts_unsent{0};
};

} // namespace bqs
