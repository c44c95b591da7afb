#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "sandbox/sql_tokens.hpp"

namespace bqs::sandbox::sql {

/// Goes through the tokens of a query, and says in the service's words which
/// one it did not expect.
class token_reader {
public:
  using words = std::string_view;

  explicit token_reader(std::string_view text) : tokens_(tokenize(text)) {
    // nop
  }

  /// The token that comes next; the last one is the end.
  const token& now() const {
    return tokens_[at_];
  }

  /// The one after so many.
  const token& peek(std::size_t n = 1) const {
    return tokens_[std::min(at_ + n, tokens_.size() - 1)];
  }

  const token& take();

  /// Each takes what it names if that comes next.
  bool accept(words symbol);
  bool accept_word(words upper);
  bool accept_words(words first, words second);

  /// The same, and throws a `refusal` if something else comes next.
  void expect(words symbol);
  void expect_word(words upper);

  /// Throws a `refusal` of the next token: that it was not expected, or that
  /// this sandbox cannot run it though the service can.
  [[noreturn]] void unexpected(const std::string& wanted = "Unexpected ") const;

  bool at_name() const;

  /// Takes a name, which no reserved word is without backticks.
  std::string name();

  /// After a dot any word is a name.
  std::string member();

  /// Takes names between parentheses, with commas between them.
  std::vector<std::string> names_in_parentheses();

private:
  std::vector<token> tokens_;
  std::size_t at_ = 0;
};

} // namespace bqs::sandbox::sql
