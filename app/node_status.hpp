#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "bqstreamer/table_ledger.hpp"

namespace bqs::app {

/// How one table does.
struct table_status {
  std::string table;
  std::string state;
  /// In the service's words; empty where all is well.
  std::string reason;
  /// When it came into this state, as RFC 3339; empty where all is well.
  std::string since;
  table_ledger books;
  std::uint64_t streamers = 0;
};

/// How the files do that failed rows are kept in.
struct dead_letter_status {
  std::string directory;
  /// Rows.
  std::uint64_t written = 0;
  std::uint64_t waiting = 0;
  /// Bytes of all files, and the most of it.
  std::uint64_t bytes = 0;
  std::uint64_t limit = 0;
  std::uint64_t dropped_files = 0;
  /// Why rows wait; empty where all is well.
  std::string error;
};

/// What a node says about itself, as docs/protocol.md describes it.
struct node_status {
  std::string version;
  std::string protocol;
  std::uint64_t uptime_seconds = 0;
  bool draining = false;
  table_ledger total;
  std::vector<table_status> tables;
  /// Bytes of rows that are held, and may be.
  std::uint64_t budget_used = 0;
  std::uint64_t budget_limit = 0;
  /// Blocks by the reason why they were refused.
  std::vector<std::pair<std::string, std::uint64_t>> refused;
  /// Actors that ended by themselves, by kind.
  std::vector<std::pair<std::string, std::uint64_t>> restarts;
  /// What operators have paused: all but these tables, or only these.
  bool paused_all = false;
  std::vector<std::string> pause_exceptions;
  std::uint64_t in_flight = 0;
  /// Requests that may be in flight now; 0 from a node that does not say.
  std::uint64_t in_flight_limit = 0;
  std::uint64_t subscribers = 0;
  /// Failed rows that subscribers were not told of.
  std::uint64_t missed = 0;
  /// Receipts that were not sent, since their sender acknowledges none.
  std::uint64_t receipts_unsent = 0;
  std::optional<dead_letter_status> dead_letters;
};

/// Reads the status that a node answers, or returns one line that says what is
/// wrong with it. A figure that is not there counts as 0.
std::variant<node_status, std::string> read_status(std::string_view json);

/// What a table did from one status to the next, in rows per second.
struct row_rates {
  double stored = 0;
  double failed = 0;
};

/// Compares two statuses of one address, the later one's tables in order. A
/// node that was restarted in between has begun to count anew: no rate is ever
/// negative.
struct status_rates {
  row_rates total;
  std::vector<row_rates> tables;
};

/// @param seconds between the two
status_rates rates_between(const node_status& before, const node_status& after,
                           double seconds);

} // namespace bqs::app
