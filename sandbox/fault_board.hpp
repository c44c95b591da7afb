#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "sandbox/fault.hpp"
#include "sandbox/narrow_line.hpp"
#include "sandbox/quota.hpp"
#include "sandbox/routes.hpp"
#include "sandbox/table_history.hpp"

namespace bqs::sandbox {

/// Numbers the rows that a `rows` fault sees.
using row_counter = std::shared_ptr<std::atomic<std::uint64_t>>;

/// What shall go wrong with one request.
struct fault_plan {
  std::vector<drawn_latency> latencies;
  std::optional<fault> outcome;
  /// With an outcome of `rows`.
  row_counter rows_seen;
  std::vector<std::shared_ptr<quota>> quotas;
  /// The body comes over all of them.
  std::vector<std::shared_ptr<narrow_line>> lines;
  /// How old the schema is by which rows are checked.
  std::chrono::microseconds schema_age{0};
  /// Rows are acknowledged and dropped.
  bool lose_rows = false;

  /// Returns what a request with such a body waits.
  std::chrono::microseconds latency(std::size_t body_bytes) const;

  /// Returns what is waited behind a part of the body before more is read.
  std::chrono::microseconds pause(std::size_t bytes,
                                  narrow_line::time_point now) const;
};

/// The faults in force. From any thread.
class fault_board {
public:
  using time_source = std::function<std::chrono::system_clock::time_point()>;

  /// Each fault has a stream of random numbers of its own, from the seed and
  /// its place in the list: the same list and the same requests have the same
  /// luck again, whatever the other faults draw.
  /// @param history knows about windows; none: there are none.
  explicit fault_board(std::uint64_t seed,
                       time_source clock = std::chrono::system_clock::now,
                       const table_history* history = nullptr);

  /// Replaces all faults; schedules and counts begin anew.
  void set(std::vector<fault> faults);

  /// Returns the texts of all faults.
  std::vector<std::string> list() const;

  /// Decides about a request for `DATASET.TABLE`.
  fault_plan draw(api_method method, const std::string& table);

private:
  struct entry {
    fault what;
    std::mt19937_64 dice;
    row_counter rows_seen;
    std::shared_ptr<quota> limit;
    std::shared_ptr<narrow_line> line;
    /// Requests that matched, for `nth`.
    std::uint64_t matched = 0;
    /// Of the lengths that tables draw.
    std::uint64_t salt = 0;
  };

  entry make_entry(fault what, std::uint32_t index) const;
  bool chosen(entry& x, const std::string& table,
              std::chrono::system_clock::time_point now);
  bool in_window(const entry& x, const std::string& table,
                 std::chrono::system_clock::time_point now) const;

  const std::uint64_t seed_;
  const time_source clock_;
  const table_history* const history_;
  mutable std::mutex mutex_;
  std::chrono::system_clock::time_point since_;
  std::vector<entry> faults_;
};

} // namespace bqs::sandbox
