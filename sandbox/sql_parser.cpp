#include "sandbox/sql_parser.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "sandbox/sql_tokens.hpp"

namespace bqs::sandbox::sql {

namespace {

// Of expressions and of queries in queries: the stack's, and SQLite's, bound.
constexpr std::size_t max_height = 200;

using words = std::string_view;

// Sorted. Without backticks none of them is a name.
constexpr std::array<words, 96> reserved{"ALL",
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
constexpr std::array<words, 20> unknown_here{
  "ARRAY",  "AT",      "COLLATE",     "CUBE",   "FETCH",   "FOR",   "GROUPING",
  "IGNORE", "LATERAL", "NEW",         "OVER",   "QUALIFY", "RANGE", "RESPECT",
  "ROLLUP", "STRUCT",  "TABLESAMPLE", "UNNEST", "WINDOW",  "WITHIN"};

constexpr std::array<words, 28> other_statements{
  "ALTER",   "ASSERT", "BEGIN",    "BREAK", "CALL",     "COMMIT",  "CREATE",
  "DECLARE", "DELETE", "DESCRIBE", "DROP",  "EXECUTE",  "EXPLAIN", "EXPORT",
  "FOR",     "FROM",   "GRANT",    "IF",    "INSERT",   "LOAD",    "LOOP",
  "MERGE",   "REVOKE", "ROLLBACK", "SET",   "TRUNCATE", "UPDATE",  "WHILE"};

template <class List>
bool contains(const List& list, words x) {
  return std::find(list.begin(), list.end(), x) != list.end();
}

std::string lower(std::string x) {
  for (auto& c : x)
    c = c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
  return x;
}

class parser {
public:
  explicit parser(std::string_view text) : tokens_(tokenize(text)) {
    // nop
  }

  query_ptr run() {
    check_statement();
    auto result = read_query();
    auto more = accept(";");
    if (now().kind != token_kind::end && more)
      throw cannot_run("scripts of several statements", now().at);
    if (now().kind != token_kind::end)
      unexpected("Expected end of input but got ");
    return result;
  }

private:
  // -- tokens -----------------------------------------------------------------

  const token& now() const {
    return tokens_[at_];
  }

  const token& peek(std::size_t n = 1) const {
    return tokens_[std::min(at_ + n, tokens_.size() - 1)];
  }

  const token& take() {
    auto& result = tokens_[at_];
    if (at_ + 1 < tokens_.size())
      ++at_;
    return result;
  }

  bool accept(words symbol) {
    auto found = now().is_symbol(symbol);
    if (found)
      take();
    return found;
  }

  bool accept_word(words upper) {
    auto found = now().is_word(upper);
    if (found)
      take();
    return found;
  }

  bool accept_words(words first, words second) {
    if (!now().is_word(first) || !peek().is_word(second))
      return false;
    take();
    take();
    return true;
  }

  void expect(words symbol) {
    if (!accept(symbol))
      unexpected("Expected \"" + std::string{symbol} + "\" but got ");
  }

  void expect_word(words upper) {
    if (!accept_word(upper))
      unexpected("Expected keyword " + std::string{upper} + " but got ");
  }

  static std::string describe(const token& x) {
    switch (x.kind) {
      case token_kind::end:
        return "end of statement";
      case token_kind::word:
        if (contains(reserved, to_upper(x.text)))
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

  [[noreturn]] void unexpected(const std::string& wanted
                               = "Unexpected ") const {
    auto& x = now();
    if (x.kind == token_kind::word) {
      auto upper = to_upper(x.text);
      if (contains(unknown_here, upper))
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

  bool at_name() const {
    return now().kind == token_kind::quoted_name
           || (now().kind == token_kind::word
               && !contains(reserved, to_upper(now().text)));
  }

  std::string name() {
    if (!at_name())
      unexpected();
    return take().text;
  }

  /// After a dot any word is a name.
  std::string member() {
    if (now().kind != token_kind::word && now().kind != token_kind::quoted_name)
      unexpected();
    return take().text;
  }

  std::vector<std::string> names_in_parentheses() {
    std::vector<std::string> result;
    expect("(");
    do
      result.push_back(name());
    while (accept(","));
    expect(")");
    return result;
  }

  // -- queries ----------------------------------------------------------------

  void check_statement() const {
    if (now().kind != token_kind::word)
      return;
    auto upper = to_upper(now().text);
    if (contains(other_statements, upper))
      throw cannot_run(upper + " statements, only SELECT", now().at);
  }

  class level {
  public:
    level(parser& self) : self_(self) {
      if (++self_.level_ > max_height)
        throw cannot_run("what is nested that deeply", self_.now().at);
    }

    ~level() {
      --self_.level_;
    }

    level(const level&) = delete;
    level& operator=(const level&) = delete;

  private:
    parser& self_;
  };

  query_ptr read_query() {
    level guard{*this};
    auto result = std::make_unique<query>();
    result->at = now().at;
    if (accept_word("WITH"))
      read_with(*result);
    result->members.push_back(read_member());
    while (read_set_operator(*result))
      result->members.push_back(read_member());
    if (accept_words("ORDER", "BY"))
      do
        result->order_by.push_back(read_order_item());
      while (accept(","));
    if (accept_word("LIMIT")) {
      result->limit = read_count();
      if (accept_word("OFFSET"))
        result->offset = read_count();
    }
    return result;
  }

  void read_with(query& into) {
    if (now().is_word("RECURSIVE"))
      throw cannot_run("WITH RECURSIVE", now().at);
    do {
      named_query one;
      one.name = name();
      expect_word("AS");
      expect("(");
      one.sub = read_query();
      expect(")");
      into.with.push_back(std::move(one));
    } while (accept(","));
  }

  query_member read_member() {
    query_member result;
    if (accept("(")) {
      result.sub = read_query();
      expect(")");
    } else {
      result.select = read_select();
    }
    return result;
  }

  bool read_set_operator(query& into) {
    auto at = now().at;
    std::string found;
    if (accept_word("UNION"))
      found = accept_word("ALL") ? "UNION ALL" : "UNION";
    else if (accept_word("INTERSECT"))
      found = "INTERSECT";
    else if (now().is_word("EXCEPT"))
      found = to_upper(take().text);
    else
      return false;
    if (found != "UNION ALL")
      expect_word("DISTINCT");
    if (!into.set_operator.empty() && into.set_operator != found)
      throw syntax_error("Different set operations cannot be used in the same "
                         "query without using parentheses for grouping",
                         at);
    into.set_operator = found;
    return true;
  }

  order_item read_order_item() {
    order_item result;
    result.value = read_expression();
    result.descending = accept_word("DESC");
    if (!result.descending)
      accept_word("ASC");
    if (accept_words("NULLS", "FIRST"))
      result.nulls = " NULLS FIRST";
    else if (accept_words("NULLS", "LAST"))
      result.nulls = " NULLS LAST";
    return result;
  }

  expression_ptr read_count() {
    auto kind = now().kind;
    if (kind != token_kind::integer && kind != token_kind::parameter
        && kind != token_kind::placeholder)
      unexpected();
    return read_primary();
  }

  std::unique_ptr<select> read_select() {
    auto result = std::make_unique<select>();
    result->at = now().at;
    expect_word("SELECT");
    if (now().is_word("AS") || now().is_word("WITH"))
      throw cannot_run("SELECT " + to_upper(now().text), now().at);
    result->distinct = accept_word("DISTINCT");
    if (!result->distinct)
      accept_word("ALL");
    do {
      if (!result->items.empty() && at_end_of_list())
        break; // a comma at the end is fine
      result->items.push_back(read_item());
    } while (accept(","));
    if (accept_word("FROM"))
      result->from = read_from();
    if (accept_word("WHERE"))
      result->where = read_expression();
    if (accept_words("GROUP", "BY")) {
      if (now().is_word("ALL"))
        throw cannot_run("GROUP BY ALL", now().at);
      do
        result->group_by.push_back(read_expression());
      while (accept(","));
    }
    if (accept_word("HAVING"))
      result->having = read_expression();
    return result;
  }

  bool at_end_of_list() const {
    return now().kind == token_kind::end || now().is_word("FROM")
           || now().is_symbol(")");
  }

  select_item read_item() {
    select_item result;
    result.at = now().at;
    if (accept("*")) {
      read_star(result);
      return result;
    }
    if (at_name() && peek().is_symbol(".") && peek(2).is_symbol("*")) {
      result.table = take().text;
      take();
      take();
      read_star(result);
      return result;
    }
    result.value = read_expression();
    result.alias = read_alias();
    return result;
  }

  void read_star(select_item& x) {
    if (now().is_word("EXCEPT") && peek().is_symbol("(")) {
      take();
      x.except = names_in_parentheses();
    }
    if (now().is_word("REPLACE"))
      throw cannot_run("SELECT * REPLACE", now().at);
  }

  std::string read_alias() {
    if (accept_word("AS"))
      return name();
    return at_name() ? take().text : "";
  }

  // -- tables -----------------------------------------------------------------

  std::unique_ptr<table_ref> read_from() {
    auto result = read_joins();
    while (accept(","))
      result = join(std::move(result), join_kind::cross, read_joins());
    return result;
  }

  std::unique_ptr<table_ref> join(std::unique_ptr<table_ref> left,
                                  join_kind how,
                                  std::unique_ptr<table_ref> right) {
    auto result = std::make_unique<table_ref>();
    result->at = right->at;
    result->left = std::move(left);
    result->right = std::move(right);
    result->join = how;
    if (++joins_ > max_height)
      throw cannot_run("that many joins", result->at);
    return result;
  }

  std::unique_ptr<table_ref> read_joins() {
    auto result = read_table();
    for (;;) {
      auto how = join_kind::inner;
      if (now().is_word("NATURAL"))
        throw cannot_run("NATURAL JOIN", now().at);
      if (accept_word("CROSS"))
        how = join_kind::cross;
      else if (accept_word("LEFT"))
        how = join_kind::left;
      else if (accept_word("RIGHT"))
        how = join_kind::right;
      else if (accept_word("FULL"))
        how = join_kind::full;
      else if (!accept_word("INNER") && !now().is_word("JOIN"))
        return result;
      if (how != join_kind::inner && how != join_kind::cross)
        accept_word("OUTER");
      expect_word("JOIN");
      result = join(std::move(result), how, read_table());
      if (how == join_kind::cross)
        continue;
      if (accept_word("ON"))
        result->on = read_expression();
      else if (accept_word("USING"))
        result->shared = names_in_parentheses();
      else
        unexpected("Expected keyword ON or keyword USING but got ");
    }
  }

  std::unique_ptr<table_ref> read_table() {
    level guard{*this};
    auto result = std::make_unique<table_ref>();
    result->at = now().at;
    if (accept("(")) {
      if (!now().is_word("SELECT") && !now().is_word("WITH")
          && !now().is_symbol("(")) {
        result = read_joins();
        expect(")");
        return result;
      }
      result->sub = read_query();
      expect(")");
    } else {
      result->path = read_table_path();
      if (now().is_symbol("("))
        throw cannot_run("table functions", result->at);
    }
    result->alias = read_alias();
    if (now().is_word("FOR") || now().is_word("TABLESAMPLE")
        || now().is_word("PIVOT") || now().is_word("WITH"))
      throw cannot_run(to_upper(now().text) + " after a table", now().at);
    return result;
  }

  std::vector<std::string> read_table_path() {
    if (!at_name())
      unexpected();
    std::vector<std::string> result;
    auto dot = true;
    while (dot) {
      auto quoted = now().kind == token_kind::quoted_name;
      auto part = member();
      dot = false;
      if (quoted)
        split(part, result);
      else
        result.push_back(part + read_dashes(result.empty(), dot));
      dot = dot || accept(".");
    }
    return result;
  }

  static void split(const std::string& name, std::vector<std::string>& into) {
    std::size_t from = 0;
    for (;;) {
      auto end = std::min(name.find('.', from), name.size());
      into.push_back(name.substr(from, end - from));
      if (end == name.size())
        return;
      from = end + 1;
    }
  }

  /// Reads the rest of a project such as `my-project-1`. The lexer takes `1.`
  /// for a number, dot and all.
  std::string read_dashes(bool first, bool& dot) {
    std::string result;
    while (first && !dot && now().is_symbol("-") && now().glued) {
      result += take().text;
      while (now().glued && !dot
             && (now().kind == token_kind::word
                 || now().kind == token_kind::integer
                 || now().kind == token_kind::decimal)) {
        result += take().text;
        dot = result.back() == '.';
      }
    }
    if (dot)
      result.pop_back();
    return result;
  }

  // -- expressions ------------------------------------------------------------

  expression_ptr make(expression::kind what, position at,
                      std::string name = {}) const {
    auto result = std::make_unique<expression>();
    result->what = what;
    result->at = at;
    result->name = std::move(name);
    return result;
  }

  template <class... Args>
  expression_ptr call(std::string name, position at, Args... args) const {
    auto result = make(expression::kind::call, at, std::move(name));
    (add(*result, std::move(args)), ...);
    return result;
  }

  void add(expression& to, expression_ptr x) const {
    to.height = std::max(to.height, x->height + 1);
    if (to.height > max_height)
      throw cannot_run("what is nested that deeply", x->at);
    to.args.push_back(std::move(x));
  }

  expression_ptr read_expression() {
    level guard{*this};
    auto result = read_and();
    while (now().is_word("OR")) {
      auto at = take().at;
      result = call("OR", at, std::move(result), read_and());
    }
    return result;
  }

  expression_ptr read_and() {
    auto result = read_not();
    while (now().is_word("AND")) {
      auto at = take().at;
      result = call("AND", at, std::move(result), read_not());
    }
    return result;
  }

  expression_ptr read_not() {
    if (!now().is_word("NOT"))
      return read_comparison();
    level guard{*this};
    auto at = take().at;
    return call("NOT", at, read_not());
  }

  expression_ptr read_comparison() {
    auto left = read_sum();
    auto at = now().at;
    for (auto op : {"=", "!=", "<>", "<=", ">=", "<", ">"})
      if (accept(op))
        return call(op == words{"<>"} ? "!=" : op, at, std::move(left),
                    read_sum());
    if (accept_word("IS"))
      return read_is(std::move(left), at);
    auto negated = now().is_word("NOT")
                   && (peek().is_word("IN") || peek().is_word("LIKE")
                       || peek().is_word("BETWEEN"));
    if (negated)
      take();
    expression_ptr result;
    if (accept_word("LIKE"))
      result = read_like(std::move(left), at);
    else if (accept_word("IN"))
      result = read_in(std::move(left), at);
    else if (accept_word("BETWEEN"))
      result = read_between(std::move(left), at);
    else
      return left;
    return negated ? call("NOT", at, std::move(result)) : std::move(result);
  }

  expression_ptr read_is(expression_ptr left, position at) {
    auto negated = accept_word("NOT");
    expression_ptr result;
    if (accept_words("DISTINCT", "FROM")) {
      result = call("IS DISTINCT FROM", at, std::move(left), read_sum());
    } else {
      std::string test;
      for (auto known : {"NULL", "TRUE", "FALSE"})
        if (accept_word(known))
          test = known;
      if (test.empty())
        unexpected();
      result = call("IS " + test, at, std::move(left));
    }
    return negated ? call("NOT", at, std::move(result)) : std::move(result);
  }

  expression_ptr read_like(expression_ptr left, position at) {
    for (auto how : {"ANY", "SOME", "ALL"})
      if (now().is_word(how))
        throw cannot_run(std::string{"LIKE "} + how, at);
    return call("LIKE", at, std::move(left), read_sum());
  }

  expression_ptr read_between(expression_ptr left, position at) {
    auto low = read_sum();
    expect_word("AND");
    return call("BETWEEN", at, std::move(left), std::move(low), read_sum());
  }

  expression_ptr read_in(expression_ptr left, position at) {
    expect("(");
    expression_ptr result;
    if (now().is_word("SELECT") || now().is_word("WITH")) {
      result = make(expression::kind::in_query, at);
      add(*result, std::move(left));
      result->sub = read_query();
    } else {
      result = call("IN", at, std::move(left));
      do
        add(*result, read_expression());
      while (accept(","));
    }
    expect(")");
    return result;
  }

  expression_ptr read_sum() {
    auto result = read_product();
    while (now().is_symbol("+") || now().is_symbol("-")) {
      auto& op = take();
      result = call(op.text, op.at, std::move(result), read_product());
    }
    return result;
  }

  expression_ptr read_product() {
    auto result = read_unary();
    while (now().is_symbol("*") || now().is_symbol("/")
           || now().is_symbol("||")) {
      auto& op = take();
      result = call(op.text, op.at, std::move(result), read_unary());
    }
    return result;
  }

  expression_ptr read_unary() {
    auto at = now().at;
    level guard{*this};
    if (accept("+"))
      return call("POSITIVE", at, read_unary());
    if (!accept("-"))
      return read_member_access();
    // The lowest integer has no positive counterpart.
    if (now().kind == token_kind::integer) {
      auto result = read_primary();
      result->name.insert(0, "-");
      return result;
    }
    return call("NEGATIVE", at, read_unary());
  }

  expression_ptr read_member_access() {
    auto result = read_primary();
    if (now().is_symbol("[") || now().is_symbol("."))
      throw cannot_run("\"" + now().text + "\" after this", now().at);
    return result;
  }

  expression_ptr read_literal(expression::kind what) {
    auto& x = take();
    if (what != expression::kind::string && now().glued
        && now().kind == token_kind::word)
      throw syntax_error("Missing whitespace between literal and alias",
                         now().at);
    return make(what, x.at, x.text);
  }

  expression_ptr read_primary() {
    auto at = now().at;
    switch (now().kind) {
      case token_kind::integer:
        return read_literal(expression::kind::integer);
      case token_kind::decimal:
        return read_literal(expression::kind::decimal);
      case token_kind::string:
        return read_literal(expression::kind::string);
      case token_kind::bytes:
        throw cannot_run("bytes literals", at);
      case token_kind::parameter:
        return make(expression::kind::parameter, at, lower(take().text));
      case token_kind::placeholder:
        take();
        return make(expression::kind::parameter, at,
                    "?" + std::to_string(placeholders_++));
      case token_kind::symbol:
        return read_parentheses();
      default:
        return read_word();
    }
  }

  expression_ptr read_parentheses() {
    auto at = now().at;
    if (!accept("("))
      unexpected();
    auto result = read_sub(expression::kind::subquery, at);
    if (!result)
      result = read_expression();
    if (now().is_symbol(","))
      throw cannot_run("STRUCT", at);
    expect(")");
    return result;
  }

  expression_ptr read_sub(expression::kind what, position at) {
    if (!now().is_word("SELECT") && !now().is_word("WITH"))
      return nullptr;
    auto result = make(what, at);
    result->sub = read_query();
    return result;
  }

  expression_ptr read_word() {
    auto at = now().at;
    if (accept_word("NULL"))
      return make(expression::kind::null, at);
    if (now().is_word("TRUE") || now().is_word("FALSE"))
      return make(expression::kind::boolean, at, to_upper(take().text));
    if (accept_word("CASE"))
      return read_case(at);
    if (accept_word("INTERVAL"))
      return read_interval(at);
    if (accept_word("EXISTS")) {
      expect("(");
      auto result = read_sub(expression::kind::exists, at);
      if (!result)
        unexpected();
      expect(")");
      return result;
    }
    if (peek().is_symbol("(") && now().kind == token_kind::word) {
      auto name = to_upper(now().text);
      if (name == "CAST")
        return read_cast();
      if (name == "EXTRACT")
        return read_extract();
      if (name == "SAFE_CAST")
        throw cannot_run(name, at);
      if (name == "IF" || at_name())
        return read_call(name);
    }
    if (now().kind == token_kind::word && peek().kind == token_kind::string)
      for (auto type : {"DATE", "TIME", "DATETIME", "TIMESTAMP"})
        if (accept_word(type)) {
          auto result = make(expression::kind::typed_literal, at, type);
          result->path.push_back(take().text);
          return result;
        }
    auto result = make(expression::kind::path, at);
    result->path.push_back(name());
    while (accept("."))
      result->path.push_back(member());
    if (now().is_symbol("("))
      throw cannot_run(
        "the function " + result->path.front() + "." + result->path.back(), at);
    return result;
  }

  expression_ptr read_case(position at) {
    auto result = call("CASE", at);
    if (!now().is_word("WHEN")) {
      result->name = "CASE OF";
      add(*result, read_expression());
    }
    if (!now().is_word("WHEN"))
      unexpected("Expected keyword WHEN but got ");
    while (accept_word("WHEN")) {
      add(*result, read_expression());
      expect_word("THEN");
      add(*result, read_expression());
    }
    if (accept_word("ELSE"))
      add(*result, read_expression());
    expect_word("END");
    return result;
  }

  expression_ptr read_interval(position at) {
    auto result = make(expression::kind::interval, at);
    add(*result, read_expression());
    result->name = to_upper(name());
    return result;
  }

  expression_ptr read_cast() {
    auto result = make(expression::kind::cast, take().at);
    expect("(");
    add(*result, read_expression());
    expect_word("AS");
    result->name = to_upper(name());
    if (now().is_word("FORMAT") || now().is_symbol("("))
      throw cannot_run("CAST with a format or a length", now().at);
    expect(")");
    return result;
  }

  expression_ptr read_extract() {
    auto result = make(expression::kind::extract, take().at);
    expect("(");
    result->name = to_upper(name());
    expect_word("FROM");
    add(*result, read_expression());
    expect(")");
    return result;
  }

  expression_ptr read_call(const std::string& name) {
    auto result = call(name, take().at);
    expect("(");
    result->distinct = accept_word("DISTINCT");
    if (accept("*")) {
      result->star = true;
    } else if (!now().is_symbol(")")) {
      do
        add(*result, read_expression());
      while (accept(","));
    }
    for (auto word : {"ORDER", "LIMIT", "HAVING", "SEPARATOR"})
      if (now().is_word(word))
        throw cannot_run(std::string{word} + " in a function", now().at);
    expect(")");
    if (now().is_word("OVER"))
      throw cannot_run("OVER", now().at);
    return result;
  }

  std::vector<token> tokens_;
  std::size_t at_ = 0;
  std::size_t level_ = 0;
  std::size_t joins_ = 0;
  std::size_t placeholders_ = 0;
};

} // namespace

query_ptr parse_query(std::string_view text) {
  return parser{text}.run();
}

} // namespace bqs::sandbox::sql
