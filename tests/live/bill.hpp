#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace bqs::live {

/// What the service is given to do, and what that costs by the list prices of
/// 2026.
struct bill {
  std::uint64_t rows = 0;
  /// As they are charged: a row counts as 1 KiB at least.
  std::uint64_t bytes = 0;
  std::uint64_t tables = 0;
  std::uint64_t queries = 0;

  void add_row(std::size_t bytes_of_it);

  /// A row a line.
  void add_rows(std::string_view text);

  bool within(const bill& most) const;

  /// Adds `more`, unless together they were not within `most`.
  /// @throws std::runtime_error with one line then, and changes nothing.
  void charge(const bill& more, const bill& most);

  double dollars() const;

  /// Counts and dollars, in one line.
  std::string text() const;
};

/// The most that a run of the suite may give to do. All of it is charged before
/// it is sent, also rows that will be refused, which the service does not
/// charge: what would be more is not sent, and its scenario fails. Some 30,000
/// rows of it are for a service that takes long to know a table.
inline constexpr bill most_of_a_run{120'000, 200u << 20, 10, 30};

} // namespace bqs::live
