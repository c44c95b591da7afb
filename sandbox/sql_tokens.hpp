#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sandbox/query_errors.hpp"

namespace bqs::sandbox::sql {

enum class token_kind : unsigned char {
  end,
  /// A keyword or a name.
  word,
  /// A name in backticks; it may hold dots.
  quoted_name,
  string,
  bytes,
  integer,
  decimal,
  /// `@name`.
  parameter,
  /// `?`.
  placeholder,
  symbol,
};

struct token {
  token_kind kind = token_kind::end;
  /// Of strings and quoted names what they stand for, else as written; of a
  /// parameter its name.
  std::string text;
  position at;
  /// Nothing stands between this one and the one before.
  bool glued = false;

  bool is_symbol(std::string_view x) const {
    return kind == token_kind::symbol && text == x;
  }

  /// Whether it is this keyword, in upper case, in any case.
  bool is_word(std::string_view upper) const;
};

std::string to_upper(std::string_view x);

/// Cuts a GoogleSQL text, valid UTF-8, into tokens; the last one is the end.
/// Throws a `refusal`.
std::vector<token> tokenize(std::string_view text);

} // namespace bqs::sandbox::sql
