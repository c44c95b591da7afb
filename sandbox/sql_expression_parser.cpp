#include <algorithm>
#include <utility>

#include "sandbox/lower.hpp"
#include "sandbox/sql_parsing.hpp"

namespace bqs::sandbox::sql {

expression_ptr parser::make(expression::kind what, position at,
                            std::string name) const {
  auto result = std::make_unique<expression>();
  result->what = what;
  result->at = at;
  result->name = std::move(name);
  return result;
}

void parser::add(expression& to, expression_ptr x) const {
  to.height = std::max(to.height, x->height + 1);
  if (to.height > max_height)
    throw cannot_run("what is nested that deeply", x->at);
  to.args.push_back(std::move(x));
}

expression_ptr parser::read_expression() {
  level guard{*this};
  auto result = read_and();
  while (now().is_word("OR")) {
    auto at = take().at;
    result = call("OR", at, std::move(result), read_and());
  }
  return result;
}

expression_ptr parser::read_and() {
  auto result = read_not();
  while (now().is_word("AND")) {
    auto at = take().at;
    result = call("AND", at, std::move(result), read_not());
  }
  return result;
}

expression_ptr parser::read_not() {
  if (!now().is_word("NOT"))
    return read_comparison();
  level guard{*this};
  auto at = take().at;
  return call("NOT", at, read_not());
}

expression_ptr parser::read_comparison() {
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

expression_ptr parser::read_is(expression_ptr left, position at) {
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

expression_ptr parser::read_like(expression_ptr left, position at) {
  for (auto how : {"ANY", "SOME", "ALL"})
    if (now().is_word(how))
      throw cannot_run(std::string{"LIKE "} + how, at);
  return call("LIKE", at, std::move(left), read_sum());
}

expression_ptr parser::read_between(expression_ptr left, position at) {
  auto low = read_sum();
  expect_word("AND");
  return call("BETWEEN", at, std::move(left), std::move(low), read_sum());
}

expression_ptr parser::read_in(expression_ptr left, position at) {
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

expression_ptr parser::read_sum() {
  auto result = read_product();
  while (now().is_symbol("+") || now().is_symbol("-")) {
    auto& op = take();
    result = call(op.text, op.at, std::move(result), read_product());
  }
  return result;
}

expression_ptr parser::read_product() {
  auto result = read_unary();
  while (now().is_symbol("*") || now().is_symbol("/")
         || now().is_symbol("||")) {
    auto& op = take();
    result = call(op.text, op.at, std::move(result), read_unary());
  }
  return result;
}

expression_ptr parser::read_unary() {
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

expression_ptr parser::read_member_access() {
  auto result = read_primary();
  if (now().is_symbol("[") || now().is_symbol("."))
    throw cannot_run("\"" + now().text + "\" after this", now().at);
  return result;
}

expression_ptr parser::read_literal(expression::kind what) {
  auto& x = take();
  if (what != expression::kind::string && now().glued
      && now().kind == token_kind::word)
    throw syntax_error("Missing whitespace between literal and alias",
                       now().at);
  return make(what, x.at, x.text);
}

expression_ptr parser::read_primary() {
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

expression_ptr parser::read_parentheses() {
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

expression_ptr parser::read_sub(expression::kind what, position at) {
  if (!now().is_word("SELECT") && !now().is_word("WITH"))
    return nullptr;
  auto result = make(what, at);
  result->sub = read_query();
  return result;
}

expression_ptr parser::read_word() {
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

expression_ptr parser::read_case(position at) {
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

expression_ptr parser::read_interval(position at) {
  auto result = make(expression::kind::interval, at);
  add(*result, read_expression());
  result->name = to_upper(name());
  return result;
}

expression_ptr parser::read_cast() {
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

expression_ptr parser::read_extract() {
  auto result = make(expression::kind::extract, take().at);
  expect("(");
  result->name = to_upper(name());
  expect_word("FROM");
  add(*result, read_expression());
  expect(")");
  return result;
}

expression_ptr parser::read_call(const std::string& name) {
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

} // namespace bqs::sandbox::sql
