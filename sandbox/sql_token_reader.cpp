#include "sandbox/sql_token_reader.hpp"

#include <algorithm>
#include <array>

namespace bqs::sandbox::sql {

namespace {

// Sorted. Without backticks none of them is a name.
constexpr std::array<std::string_view, 96> reserved{"ALL",
                                                    "AND",
                                                    "ANY",
                                                    "ARRAY",
                                                    "AS",
                                                    "ASC",
                                                    "ASSERT_ROWS_MODIFIED",
                                                    "AT",
                                                    "BETWEEN",
                                                    "BY",
                                                    "CASE",
                                                    "CAST",
                                                    "COLLATE",
                                                    "CONTAINS",
                                                    "CREATE",
                                                    "CROSS",
                                                    "CUBE",
                                                    "CURRENT",
                                                    "DEFAULT",
                                                    "DEFINE",
                                                    "DESC",
                                                    "DISTINCT",
                                                    "ELSE",
                                                    "END",
                                                    "ENUM",
                                                    "ESCAPE",
                                                    "EXCEPT",
                                                    "EXCLUDE",
                                                    "EXISTS",
                                                    "EXTRACT",
                                                    "FALSE",
                                                    "FETCH",
                                                    "FOLLOWING",
                                                    "FOR",
                                                    "FROM",
                                                    "FULL",
                                                    "GROUP",
                                                    "GROUPING",
                                                    "GROUPS",
                                                    "HASH",
                                                    "HAVING",
                                                    "IF",
                                                    "IGNORE",
                                                    "IN",
                                                    "INNER",
                                                    "INTERSECT",
                                                    "INTERVAL",
                                                    "INTO",
                                                    "IS",
                                                    "JOIN",
                                                    "LATERAL",
                                                    "LEFT",
                                                    "LIKE",
                                                    "LIMIT",
                                                    "LOOKUP",
                                                    "MERGE",
                                                    "NATURAL",
                                                    "NEW",
                                                    "NO",
                                                    "NOT",
                                                    "NULL",
                                                    "NULLS",
                                                    "OF",
                                                    "ON",
                                                    "OR",
                                                    "ORDER",
                                                    "OUTER",
                                                    "OVER",
                                                    "PARTITION",
                                                    "PRECEDING",
                                                    "PROTO",
                                                    "QUALIFY",
                                                    "RANGE",
                                                    "RECURSIVE",
                                                    "RESPECT",
                                                    "RIGHT",
                                                    "ROLLUP",
                                                    "ROWS",
                                                    "SELECT",
                                                    "SET",
                                                    "SOME",
                                                    "STRUCT",
                                                    "TABLESAMPLE",
                                                    "THEN",
                                                    "TO",
                                                    "TREAT",
                                                    "TRUE",
                                                    "UNBOUNDED",
                                                    "UNION",
                                                    "UNNEST",
                                                    "USING",
                                                    "WHEN",
                                                    "WHERE",
                                                    "WINDOW",
                                                    "WITH",
                                                    "WITHIN"};

static_assert(std::is_sorted(reserved.begin(), reserved.end()));

// What the service knows and this does not, where it stands out of place.
constexpr std::array<std::string_view, 20> unknown_here{
  "ARRAY",  "AT",      "COLLATE",     "CUBE",   "FETCH",   "FOR",   "GROUPING",
  "IGNORE", "LATERAL", "NEW",         "OVER",   "QUALIFY", "RANGE", "RESPECT",
  "ROLLUP", "STRUCT",  "TABLESAMPLE", "UNNEST", "WINDOW",  "WITHIN"};

bool is_reserved(const std::string& upper) {
  return std::binary_search(reserved.begin(), reserved.end(), upper);
}

std::string describe(const token& x) {
  switch (x.kind) {
    case token_kind::end:
      return "end of statement";
    case token_kind::word:
      if (is_reserved(to_upper(x.text)))
        return "keyword " + to_upper(x.text);
      return "identifier \"" + x.text + "\"";
    case token_kind::quoted_name:
      return "identifier `" + x.text + "`";
    case token_kind::string:
      return "string literal";
    case token_kind::bytes:
      return "bytes literal";
    case token_kind::integer:
      return "integer literal \"" + x.text + "\"";
    case token_kind::decimal:
      return "floating point literal \"" + x.text + "\"";
    case token_kind::parameter:
      return "\"@\"";
    default:
      return "\"" + x.text + "\"";
  }
}

} // namespace

const token& token_reader::take() {
  auto& result = tokens_[at_];
  if (at_ + 1 < tokens_.size())
    ++at_;
  return result;
}

bool token_reader::accept(words symbol) {
  auto found = now().is_symbol(symbol);
  if (found)
    take();
  return found;
}

bool token_reader::accept_word(words upper) {
  auto found = now().is_word(upper);
  if (found)
    take();
  return found;
}

bool token_reader::accept_words(words first, words second) {
  if (!now().is_word(first) || !peek().is_word(second))
    return false;
  take();
  take();
  return true;
}

void token_reader::expect(words symbol) {
  if (!accept(symbol))
    unexpected("Expected \"" + std::string{symbol} + "\" but got ");
}

void token_reader::expect_word(words upper) {
  if (!accept_word(upper))
    unexpected("Expected keyword " + std::string{upper} + " but got ");
}

void token_reader::unexpected(const std::string& wanted) const {
  auto& x = now();
  if (x.kind == token_kind::word) {
    auto upper = to_upper(x.text);
    if (std::find(unknown_here.begin(), unknown_here.end(), upper)
        != unknown_here.end())
      throw cannot_run(upper, x.at);
  }
  if (x.is_symbol("[") || x.is_symbol("{"))
    throw cannot_run("\"" + x.text + "\"", x.at);
  if (x.is_symbol("|>"))
    throw cannot_run("pipe syntax", x.at);
  for (auto bits : {"&", "|", "^", "~", "<<", ">>"})
    if (x.is_symbol(bits))
      throw cannot_run("the operator " + x.text, x.at);
  throw syntax_error(wanted + describe(x), x.at);
}

bool token_reader::at_name() const {
  return now().kind == token_kind::quoted_name
         || (now().kind == token_kind::word
             && !is_reserved(to_upper(now().text)));
}

std::string token_reader::name() {
  if (!at_name())
    unexpected();
  return take().text;
}

std::string token_reader::member() {
  if (now().kind != token_kind::word && now().kind != token_kind::quoted_name)
    unexpected();
  return take().text;
}

std::vector<std::string> token_reader::names_in_parentheses() {
  std::vector<std::string> result;
  expect("(");
  do
    result.push_back(name());
  while (accept(","));
  expect(")");
  return result;
}

} // namespace bqs::sandbox::sql
