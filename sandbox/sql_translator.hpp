#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "sandbox/query_plan.hpp"
#include "sandbox/sql_tree.hpp"

namespace bqs::sandbox::sql {

/// Finds out what a query means and says it in SQLite's words. Only what means
/// the same there gets through, all else throws a `refusal`. One query each.
class translator {
public:
  translator(const catalog& all, const query_context& context)
    : all_(all), context_(context) {
    // nop
  }

  query_plan run(const query& x);

private:
  struct output_column {
    std::string name;
    value_type type;
    /// In terms of the query that reads it; of a table's column made when it
    /// is first needed.
    std::string sql;
  };

  static constexpr std::size_t no_source = static_cast<std::size_t>(-1);

  /// What a name in front of a dot can mean.
  struct relation {
    std::string alias;
    std::size_t source = no_source;
    std::vector<output_column> columns;
    /// Columns that are shared with others by USING, in lower case.
    std::vector<std::string> shared;
  };

  struct scope {
    std::vector<relation> relations;
    std::vector<output_column> shared;
  };

  /// A translated query: `sql` has columns `c0`, `c1`, ...
  struct translated {
    std::string sql;
    std::vector<output_column> columns;
    /// It has one row, whatever there is in the tables.
    bool one_row = false;
  };

  /// What WITH defines.
  struct common_table {
    std::string name;
    translated what;
    std::size_t weight = 0;
  };

  /// What an expression may use.
  struct surroundings {
    const scope* names = nullptr;
    /// Where aggregate functions are not allowed, the clause; else empty.
    std::string_view clause;
    /// The SQL of what the rows are grouped by.
    const std::vector<std::string>* keys = nullptr;
    /// Names of the SELECT list, where they can be used.
    const std::vector<output_column>* aliases = nullptr;
    const std::vector<typed>* alias_values = nullptr;
    /// Whether such a name goes before a column of the same name.
    bool alias_first = false;
    bool in_aggregate = false;
  };

  /// A SELECT under way.
  struct select_state;

  // -- queries (sql_queries.cpp) ----------------------------------------------

  translated query_of(const query& x);
  translated select_of(const select& x, const query& tail);
  translated set_of(const query& x);
  translated member_of(const query_member& x);
  std::string unified_member(const translated& member,
                             const std::vector<value_type>& to);
  std::vector<value_type> common_columns(const query& x,
                                         const std::vector<translated>& all);
  std::string limits(const query& tail);
  std::string count_of(const expression& x);
  std::string condition(const expression& x, const surroundings& in);

  void group_keys(select_state& s);
  typed group_key(select_state& s, const expression& x);
  void items(select_state& s);
  void star(select_state& s, const select_item& item);
  void star_of(select_state& s, const relation& from, const select_item& item,
               bool with_shared);
  std::string order(select_state& s, const query& tail);
  void check_grouped(const select_state& s) const;

  // -- tables (sql_tables.cpp) ------------------------------------------------

  std::string tables(const table_ref& x, scope& into, bool joined);
  std::string join(const table_ref& x, scope& into);
  std::string using_columns(const table_ref& x, scope& left, scope& right);
  std::string common_or_base(const table_ref& x, relation& to, bool joined);
  std::string base_table(const table_ref& x, relation& to, bool joined);
  table_ptr find_table(const table_ref& x) const;
  void expose(relation& to, const translated& x);
  std::vector<typed> columns_of(const relation& from);

  // -- expressions (sql_expressions.cpp) --------------------------------------

  typed value(const expression& x, const surroundings& in);
  typed translate(const expression& x, const surroundings& in);
  typed literal(const expression& x);
  typed parameter(const expression& x);
  typed column(const expression& x, const surroundings& in);
  std::optional<typed> alias_value(const expression& x,
                                   const surroundings& in) const;
  std::optional<typed> named_column(const expression& x, const scope& names);

  /// The column `x.path[at]` of a relation, if there is one.
  std::optional<typed> column_of(const relation& from, const expression& x,
                                 std::size_t at);
  std::string source_sql(std::size_t source, source_column x);

  std::string bind(bound_value x);

  // -- types (sql_coercions.cpp) ---------------------------------------------

  bool fits(const typed& x, column_type to) const;
  /// Makes a value one of another type; throws if that cannot be.
  typed coerce(typed x, column_type to);
  /// Makes all values ones of one type. False if there is no such type.
  bool unify(std::vector<typed>& all);
  [[noreturn]] void no_signature(const expression& x,
                                 const std::vector<typed>& args) const;

  // -- functions and operators (sql_operators.cpp) ----------------------------

  typed call(const expression& x, const surroundings& in);
  typed aggregate(const expression& x, const surroundings& in);
  typed comparison(const expression& x, std::vector<typed> args);
  typed logic(const expression& x, std::vector<typed> args);
  typed test(const expression& x, std::vector<typed> args);
  typed choice(const expression& x, std::vector<typed> args);
  typed branches(const expression& x, std::vector<typed> args);
  typed concatenation(const expression& x, std::vector<typed> args);
  typed date_function(const expression& x, const surroundings& in);
  typed by_rules(const expression& x, std::vector<typed> args);
  typed cast(const expression& x, const surroundings& in);
  typed extract(const expression& x, const surroundings& in);
  typed in_query(const expression& x, const surroundings& in);
  translated inner_query(const expression& x, const surroundings& in);

  const catalog& all_;
  const query_context& context_;
  query_plan plan_;
  std::vector<common_table> common_;
  /// Of the queries around the one under way.
  std::vector<const scope*> outer_;
  std::size_t next_alias_ = 0;
  /// How many tables are read, counting again what is read twice.
  std::size_t weight_ = 0;
};

} // namespace bqs::sandbox::sql
