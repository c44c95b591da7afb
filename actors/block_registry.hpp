#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <unordered_map>
#include <vector>

#include "actors/batch.hpp"
#include "actors/row_ranges.hpp"
#include "bqstreamer/messages.hpp"

namespace bqs {

using receipt_ptr = std::shared_ptr<const receipt>;

/// A block that is held, and how far its rows are.
struct block_record {
  held_block_ptr source;
  /// Rows that are stored or failed, though a failure may not have been taken
  /// in by the collector yet.
  row_ranges decided;
  /// Rows whose outcome is complete.
  std::uint32_t settled = 0;
  receipt outcome;
  /// Positions in `outcome.reasons`.
  std::map<failure_reason, std::uint32_t> reasons{};
};

/// Knows each block that is held, and each receipt that is remembered: tells
/// a new block from one that came twice, and builds the receipts. Pure.
class block_registry {
public:
  /// A receipt tells this many reasons apart; what comes later shares one, so
  /// that a receipt stays small beside its block.
  static constexpr std::size_t most_reasons = 256;

  /// Remembered receipts take at most this much memory, in bytes.
  static constexpr std::size_t most_remembered_bytes = 32u << 20;

  /// How a block, named by its identity, stands here.
  enum class relation {
    /// Never seen, or forgotten.
    fresh,
    held,
    settled,
    /// Overlaps one of the others and is not the same.
    conflict,
  };

  struct look_up {
    relation how = relation::fresh;
    /// With `held`.
    std::uint64_t number = 0;
    /// With `settled`.
    receipt_ptr outcome;
  };

  /// @param keep most receipts that are remembered.
  /// @param keep_for how long a receipt is remembered.
  block_registry(std::size_t keep, std::chrono::milliseconds keep_for);

  look_up find(const ask& identity) const;

  /// Enters a block that is `fresh`.
  block_record& admit(held_block_ptr x);

  /// The record of the held block `number`; null if it is settled.
  block_record* held(std::uint64_t number);

  /// Held blocks by number.
  const std::map<std::uint64_t, block_record>& all_held() const noexcept {
    return held_;
  }

  /// Claims rows for an outcome: the first claim wins. Returns the rows that
  /// are the caller's to settle.
  std::vector<row_range> decide(std::uint64_t number, row_range rows);

  /// Settles rows that were claimed as stored.
  void store(block_record& x, row_range rows, bool possibly_duplicated);

  /// Settles rows that were claimed as failed.
  void fail(block_record& x, row_range rows, const failure_reason& why);

  /// If all its rows are settled, the block leaves: its receipt, which is
  /// remembered from now on. Null otherwise.
  receipt_ptr close(std::uint64_t number, time_point now);

  /// Forgets receipts that are too old.
  void forget(time_point now);

private:
  struct entry {
    /// Of a block that is held; 0: it is settled.
    std::uint64_t number = 0;
    receipt_ptr outcome;
  };

  using stream = std::map<std::uint64_t, entry>; // by first row

  struct memory {
    time_point since;
    stream_id of;
    std::uint64_t first = 0;
    std::size_t bytes = 0;
  };

  void forget_oldest();

  std::size_t keep_;
  std::chrono::milliseconds keep_for_;
  std::map<stream_id, stream> streams_;
  std::map<std::uint64_t, block_record> held_;
  std::deque<memory> remembered_; // oldest first
  std::size_t remembered_bytes_ = 0;
};

} // namespace bqs
