#pragma once

#include <cstdint>
#include <string>

#include "app/columns.hpp"
#include "app/paper.hpp"

namespace bqs {

struct failures;
struct missed;

} // namespace bqs

namespace bqs::app {

/// How `errors` tells of rows that failed.
enum class failure_form {
  /// One JSON object for each row, the row included.
  json,
  /// One line for people for all rows that failed together; never shows them.
  columns,
};

/// Makes lines of what a subscriber gets.
class failure_printer {
public:
  failure_printer(failure_form form, const paper& on);

  std::string text(const failures& x);

  std::string text(const missed& x) const;

private:
  std::string in_columns(const failures& x);

  failure_form form_;
  paper on_;
  columns columns_;
  bool has_heading_ = false;
};

/// How many failed rows a message holds.
std::uint64_t rows_in(const failures& x);

} // namespace bqs::app
