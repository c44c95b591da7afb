#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "sandbox/fault.hpp"
#include "sandbox/routes.hpp"

namespace bqs::sandbox {

/// Numbers the rows that a `rows` fault sees.
using row_counter = std::shared_ptr<std::atomic<std::uint64_t>>;

/// What shall go wrong with one request.
struct fault_plan {
  std::chrono::milliseconds latency{0};
  std::optional<fault> outcome;
  /// With an outcome of `rows`.
  row_counter rows_seen;
};

/// The faults in force. From any thread.
class fault_board {
public:
  explicit fault_board(std::uint64_t seed);

  void set(std::vector<fault> faults);

  /// Returns the texts of all faults.
  std::vector<std::string> list() const;

  /// Decides about a request for `DATASET.TABLE`.
  fault_plan draw(api_method method, std::string_view table);

private:
  struct entry {
    fault what;
    row_counter rows_seen;
  };

  mutable std::mutex mutex_;
  std::vector<entry> faults_;
  std::mt19937_64 dice_;
};

} // namespace bqs::sandbox
