#include <algorithm>
#include <utility>

#include "sandbox/sql_translator.hpp"
#include "sandbox/sql_values.hpp"

namespace bqs::sandbox::sql {

namespace {

// SQLite would plan for ever.
constexpr std::size_t max_weight = 100;

} // namespace

std::string translator::tables(const table_ref& x, scope& into, bool joined) {
  if (x.left)
    return join(x, into);
  relation made;
  made.alias = x.alias;
  std::string sql;
  if (x.sub) {
    // The names around are those of the query around.
    auto sub = query_of(*x.sub);
    expose(made, sub);
    sql = "(" + sub.sql + ") AS q" + std::to_string(next_alias_ - 1);
  } else {
    sql = common_or_base(x, made, joined);
    if (made.alias.empty())
      made.alias = x.path.back();
  }
  for (auto& other : into.relations)
    if (!made.alias.empty() && same_name(other.alias, made.alias))
      throw invalid_query("Duplicate table alias " + made.alias
                            + " in the same FROM clause",
                          x.at);
  into.relations.push_back(std::move(made));
  return sql;
}

void translator::expose(relation& to, const translated& x) {
  auto alias = "q" + std::to_string(next_alias_++);
  for (std::size_t i = 0; i < x.columns.size(); ++i)
    to.columns.push_back(
      {x.columns[i].name, x.columns[i].type, alias + ".c" + std::to_string(i)});
}

std::string translator::join(const table_ref& x, scope& into) {
  auto sql = tables(*x.left, into, true);
  if (x.join == join_kind::right || x.join == join_kind::full)
    throw cannot_run(x.join == join_kind::right ? "RIGHT JOIN" : "FULL JOIN",
                     x.at);
  if (x.right->left && x.join != join_kind::cross)
    throw cannot_run("a join in parentheses", x.right->at);
  for (auto& other : into.relations)
    if (x.right->path.size() > 1
        && same_name(other.alias, x.right->path.front()))
      throw cannot_run("an array as a table", x.right->at);
  scope right;
  // Behind a comma may be more joins; from left to right they mean the same.
  auto right_sql = tables(*x.right, right, true);
  std::string on;
  if (!x.shared.empty())
    on = using_columns(x, into, right);
  for (auto& made : right.relations) {
    for (auto& other : into.relations)
      if (!made.alias.empty() && same_name(other.alias, made.alias))
        throw invalid_query("Duplicate table alias " + made.alias
                              + " in the same FROM clause",
                            x.at);
    into.relations.push_back(std::move(made));
  }
  for (auto& shared : right.shared)
    into.shared.push_back(std::move(shared));
  if (x.on) {
    surroundings in;
    in.names = &into;
    in.clause = "JOIN ON clause";
    on = condition(*x.on, in);
  }
  return sql + (x.join == join_kind::left ? " LEFT JOIN " : " JOIN ")
         + right_sql + (on.empty() ? "" : " ON " + on);
}

std::string translator::using_columns(const table_ref& x, scope& left,
                                      scope& right) {
  std::string result;
  for (auto& name : x.shared) {
    expression column;
    column.what = expression::kind::path;
    column.at = x.at;
    column.path.push_back(name);
    auto a = named_column(column, left);
    auto b = named_column(column, right);
    if (!a || !b)
      throw invalid_query("Column " + name + " in USING clause not found on "
                            + (a ? "right" : "left") + " side of join",
                          x.at);
    if (a->type.type != b->type.type || !is_comparable(a->type)
        || !is_comparable(b->type))
      throw cannot_run("USING with columns of type " + sql_name(a->type)
                         + " and " + sql_name(b->type),
                       x.at);
    result += (result.empty() ? "" : " AND ") + a->sql + " = " + b->sql;
    std::erase_if(left.shared,
                  [&](auto& s) { return same_name(s.name, name); });
    left.shared.push_back({name, a->type, a->sql});
    for (auto side : {&left, &right})
      for (auto& from : side->relations)
        from.shared.push_back(name);
  }
  return result;
}

std::string translator::common_or_base(const table_ref& x, relation& to,
                                       bool joined) {
  // The one that was defined last hides those before.
  auto known = common_.rend();
  if (x.path.size() == 1)
    known = std::find_if(common_.rbegin(), common_.rend(), [&](auto& y) {
      return same_name(y.name, x.path.front());
    });
  if (known == common_.rend())
    return base_table(x, to, joined);
  expose(to, known->what);
  weight_ += known->weight;
  if (weight_ > max_weight)
    throw cannot_run("a query of that many tables", x.at);
  return "(" + known->what.sql + ") AS q" + std::to_string(next_alias_ - 1);
}

std::string translator::base_table(const table_ref& x, relation& to,
                                   bool joined) {
  if (++weight_ > max_weight)
    throw cannot_run("a query of that many tables", x.at);
  auto found = find_table(x);
  to.source = plan_.sources.size();
  for (std::size_t i = 0; i < found->schema.size(); ++i)
    to.columns.push_back(
      {found->schema[i].name, type_of(found->schema[i]), ""});
  plan_.sources.push_back({std::move(found), {}});
  auto name = "t" + std::to_string(to.source);
  // With the LIMIT, SQLite reads the table once and makes an index; it would
  // read it again and again.
  return joined ? "(SELECT * FROM " + name + " LIMIT -1) AS " + name : name;
}

table_ptr translator::find_table(const table_ref& x) const {
  auto path = x.path;
  for (auto& part : path)
    if (same_name(part, "INFORMATION_SCHEMA")
        || part.find_first_of("*$@") != std::string::npos)
      throw cannot_run("a query of " + part, x.at);
  if (path.size() == 1 && context_.default_dataset.empty())
    throw refusal{400,
                  "invalid",
                  "Table \"" + path.front()
                    + "\" must be qualified with a dataset (e.g. "
                      "dataset.table).",
                  {},
                  {},
                  {}};
  if (path.size() == 1)
    path.insert(path.begin(), context_.default_dataset);
  if (path.size() == 2)
    path.insert(path.begin(), context_.project);
  if (path.size() != 3)
    throw invalid_query("Invalid table name", x.at);
  table_name name{path[0], path[1], path[2]};
  auto in_location = [&](refusal why) {
    why.message += " was not found in location " + context_.location;
    return why;
  };
  if (!all_.find(name.dataset))
    throw in_location(dataset_not_found(name));
  auto result = all_.find(name.dataset, name.table);
  if (!result)
    throw in_location(table_not_found(name));
  if (result->schema.size() == 0)
    throw invalid("Table " + name.project + ":" + name.dataset + "."
                  + name.table + " does not have a schema.");
  return result;
}

std::vector<typed> translator::columns_of(const relation& from) {
  std::vector<typed> result;
  for (auto& x : from.columns) {
    if (from.source == no_source) {
      auto one = combine({}, x.type, x.sql, {});
      one.loose = {x.name, {}};
      result.push_back(std::move(one));
      continue;
    }
    expression column;
    column.path.push_back(x.name);
    result.push_back(*column_of(from, column, 0));
  }
  return result;
}

} // namespace bqs::sandbox::sql
