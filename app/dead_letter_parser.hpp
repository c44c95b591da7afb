#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "actors/dead_letter.hpp"

namespace bqs::app {

/// Reads lines of a dead-letter file. Lines that people or programs have
/// written anew do, too: members in any order, unknown ones ignored; `time`,
/// `table` and a row must be there.
class dead_letter_parser {
public:
  dead_letter_parser();
  ~dead_letter_parser();

  /// Returns the row of a line, or what is wrong with the line, without a byte
  /// of the row.
  std::variant<dead_letter, std::string> read(std::string_view line);

private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

} // namespace bqs::app
