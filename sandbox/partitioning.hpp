#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "sandbox/errors.hpp"
#include "sandbox/schema.hpp"

namespace bqs::sandbox {

/// How a table is cut by time.
struct partitioning {
  enum class kind : std::uint8_t {
    none,
    /// By the time at which rows come.
    by_ingestion,
    by_column,
  };

  kind how = kind::none;
  /// With partitions of a day; others cannot be named by a decorator.
  bool daily = false;
  /// With `by_column`, which one: a DATE, DATETIME or TIMESTAMP.
  std::size_t column = columns::none;
};

/// Reads what a table's document says of partitions and clusters. Throws a
/// `refusal` if it says nonsense.
partitioning read_partitioning(const nlohmann::ordered_json& document,
                               const columns& schema);

/// Refuses rows for a partition, `T$YYYYMMDD`, that is none of the table or is
/// not near enough to `today`. A table without a decorator is always right.
void check_decorator(const table_name& at, const partitioning& of,
                     std::chrono::sys_days today);

/// Says why a value, as stored, is in no partition that rows can be streamed
/// to; none if it is, or is NULL.
std::optional<std::string> check_bounds(const table_name& at, const column& of,
                                        std::string_view stored,
                                        std::chrono::sys_days today);

} // namespace bqs::sandbox
