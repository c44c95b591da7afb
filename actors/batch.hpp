#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "actors/budget.hpp"
#include "actors/row_ranges.hpp"
#include "bqstreamer/block.hpp"
#include "bqstreamer/messages.hpp"
#include "http/outcome.hpp"

namespace bqs {

using time_point = std::chrono::steady_clock::time_point;

/// A block that the node has accepted. Its bytes and its part of the budget
/// live until the last handle to it is gone.
struct held_block {
  /// Counts up over the life of the node.
  std::uint64_t number = 0;
  block rows;
  /// When it was admitted; the age of its rows runs from here.
  time_point admitted;
  lease reserved;
};

using held_block_ptr = std::shared_ptr<const held_block>;

/// Rows of a block that are treated alike. No bytes of its own.
struct slice {
  held_block_ptr source;
  row_range rows;
  /// When the rows became open.
  time_point since;
  /// How often they were sent.
  std::uint32_t attempts = 0;
  /// An earlier try may have stored them.
  bool uncertain = false;
  /// When the first such try was sent.
  time_point uncertain_since{};
  /// How many http actors crashed over them.
  std::uint32_t crashes = 0;

  std::uint32_t size() const noexcept {
    return rows.size();
  }
};

/// A batch that was refused whole and is being taken apart: its halves go
/// again, each by itself, until the guilty rows are alone. Shared by its parts,
/// of which one lane at a time takes care.
struct split {
  /// Requests that may still be spent on the search for them.
  std::uint32_t requests = 0;
};

/// The rows of one request: a list of slices.
struct batch {
  /// Counts up over the life of a lane, over all its generations.
  std::uint64_t number = 0;
  std::vector<slice> slices;
  std::uint32_t rows = 0;
  time_point cut_at{};
  /// What it is a part of; null if it was cut from open rows.
  std::shared_ptr<split> part_of{};
};

using batch_ptr = std::shared_ptr<const batch>;

/// A row that never left, since it is bad by itself.
struct local_fault {
  /// Position in the batch.
  std::uint32_t index = 0;
  std::string reason;
  std::string message;
};

/// How a batch came back. Each row is in `faults`, at or behind
/// `unsent_from`, or judged by `outcome`, whose indices are positions in the
/// batch.
struct batch_result {
  std::uint64_t number = 0;
  http::outcome outcome;
  /// Ascending.
  std::vector<local_fault> faults;
  /// Rows from here on did not fit.
  std::uint32_t unsent_from = 0;
};

/// What was decided about some rows of a block, for good.
struct decision {
  held_block_ptr source;
  row_range rows;
  bool stored = false;
  /// The reason if not stored.
  failure_reason why;
  /// If stored: an earlier try may have stored them, too.
  bool possibly_duplicated = false;
  std::uint32_t attempts = 0;
};

} // namespace bqs
