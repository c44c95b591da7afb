#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sandbox/query_errors.hpp"
#include "sandbox/sql_token_reader.hpp"
#include "sandbox/sql_tree.hpp"

namespace bqs::sandbox::sql {

/// Makes a tree of a query by recursive descent: queries in `sql_parser.cpp`,
/// expressions in `sql_expression_parser.cpp`.
class parser : private token_reader {
public:
  explicit parser(std::string_view text) : token_reader(text) {
    // nop
  }

  query_ptr run();

private:
  /// Of expressions and of queries in queries: the stack's, and SQLite's,
  /// bound.
  static constexpr std::size_t max_height = 200;

  class level {
  public:
    explicit level(parser& self) : self_(self) {
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

  // -- queries ----------------------------------------------------------------

  void check_statement() const;
  query_ptr read_query();
  void read_with(query& into);
  query_member read_member();
  bool read_set_operator(query& into);
  order_item read_order_item();
  expression_ptr read_count();
  std::unique_ptr<select> read_select();
  bool at_end_of_list() const;
  select_item read_item();
  void read_star(select_item& x);
  std::string read_alias();
  std::unique_ptr<table_ref> read_from();
  std::unique_ptr<table_ref> join(std::unique_ptr<table_ref> left,
                                  join_kind how,
                                  std::unique_ptr<table_ref> right);
  std::unique_ptr<table_ref> read_joins();
  std::unique_ptr<table_ref> read_table();
  std::vector<std::string> read_table_path();

  /// Reads the rest of a project such as `my-project-1`. The lexer takes `1.`
  /// for a number, dot and all.
  std::string read_dashes(bool first, bool& dot);

  // -- expressions ------------------------------------------------------------

  expression_ptr make(expression::kind what, position at,
                      std::string name = {}) const;

  template <class... Args>
  expression_ptr call(std::string name, position at, Args... args) const {
    auto result = make(expression::kind::call, at, std::move(name));
    (add(*result, std::move(args)), ...);
    return result;
  }

  void add(expression& to, expression_ptr x) const;
  expression_ptr read_expression();
  expression_ptr read_and();
  expression_ptr read_not();
  expression_ptr read_comparison();
  expression_ptr read_is(expression_ptr left, position at);
  expression_ptr read_like(expression_ptr left, position at);
  expression_ptr read_between(expression_ptr left, position at);
  expression_ptr read_in(expression_ptr left, position at);
  expression_ptr read_sum();
  expression_ptr read_product();
  expression_ptr read_unary();
  expression_ptr read_member_access();
  expression_ptr read_literal(expression::kind what);
  expression_ptr read_primary();
  expression_ptr read_parentheses();
  expression_ptr read_sub(expression::kind what, position at);
  expression_ptr read_word();
  expression_ptr read_case(position at);
  expression_ptr read_interval(position at);
  expression_ptr read_cast();
  expression_ptr read_extract();
  expression_ptr read_call(const std::string& name);

  std::size_t level_ = 0;
  std::size_t joins_ = 0;
  std::size_t placeholders_ = 0;
};

} // namespace bqs::sandbox::sql
