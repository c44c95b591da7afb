#include "sandbox/sql_parser.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "sandbox/sql_parsing.hpp"

namespace bqs::sandbox::sql {

namespace {

constexpr std::array<std::string_view, 28> other_statements{
  "ALTER",   "ASSERT", "BEGIN",    "BREAK", "CALL",     "COMMIT",  "CREATE",
  "DECLARE", "DELETE", "DESCRIBE", "DROP",  "EXECUTE",  "EXPLAIN", "EXPORT",
  "FOR",     "FROM",   "GRANT",    "IF",    "INSERT",   "LOAD",    "LOOP",
  "MERGE",   "REVOKE", "ROLLBACK", "SET",   "TRUNCATE", "UPDATE",  "WHILE"};

void split(const std::string& name, std::vector<std::string>& into) {
  std::size_t from = 0;
  for (;;) {
    auto end = std::min(name.find('.', from), name.size());
    into.push_back(name.substr(from, end - from));
    if (end == name.size())
      return;
    from = end + 1;
  }
}

} // namespace

query_ptr parser::run() {
  check_statement();
  auto result = read_query();
  auto more = accept(";");
  if (now().kind != token_kind::end && more)
    throw cannot_run("scripts of several statements", now().at);
  if (now().kind != token_kind::end)
    unexpected("Expected end of input but got ");
  return result;
}

void parser::check_statement() const {
  if (now().kind != token_kind::word)
    return;
  auto upper = to_upper(now().text);
  if (std::find(other_statements.begin(), other_statements.end(), upper)
      != other_statements.end())
    throw cannot_run(upper + " statements, only SELECT", now().at);
}

query_ptr parser::read_query() {
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

void parser::read_with(query& into) {
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

query_member parser::read_member() {
  query_member result;
  if (accept("(")) {
    result.sub = read_query();
    expect(")");
  } else {
    result.select = read_select();
  }
  return result;
}

bool parser::read_set_operator(query& into) {
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

order_item parser::read_order_item() {
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

expression_ptr parser::read_count() {
  auto kind = now().kind;
  if (kind != token_kind::integer && kind != token_kind::parameter
      && kind != token_kind::placeholder)
    unexpected();
  return read_primary();
}

std::unique_ptr<select> parser::read_select() {
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

bool parser::at_end_of_list() const {
  return now().kind == token_kind::end || now().is_word("FROM")
         || now().is_symbol(")");
}

select_item parser::read_item() {
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

void parser::read_star(select_item& x) {
  if (now().is_word("EXCEPT") && peek().is_symbol("(")) {
    take();
    x.except = names_in_parentheses();
  }
  if (now().is_word("REPLACE"))
    throw cannot_run("SELECT * REPLACE", now().at);
}

std::string parser::read_alias() {
  if (accept_word("AS"))
    return name();
  return at_name() ? take().text : "";
}

std::unique_ptr<table_ref> parser::read_from() {
  auto result = read_joins();
  while (accept(","))
    result = join(std::move(result), join_kind::cross, read_joins());
  return result;
}

std::unique_ptr<table_ref> parser::join(std::unique_ptr<table_ref> left,
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

std::unique_ptr<table_ref> parser::read_joins() {
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

std::unique_ptr<table_ref> parser::read_table() {
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

std::vector<std::string> parser::read_table_path() {
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

std::string parser::read_dashes(bool first, bool& dot) {
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

query_ptr parse_query(std::string_view text) {
  return parser{text}.run();
}

} // namespace bqs::sandbox::sql
