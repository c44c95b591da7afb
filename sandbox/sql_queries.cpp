#include <algorithm>
#include <charconv>

#include "sandbox/sql_translator.hpp"
#include "sandbox/sql_values.hpp"

namespace bqs::sandbox::sql {

namespace {

// The same as SQLite's.
constexpr std::size_t max_sql = 1'000'000;
constexpr std::size_t max_columns = 2'000; // SQLite's
constexpr std::size_t max_values = 30'000;

std::string column_name(std::size_t i) {
  return "c" + std::to_string(i);
}

/// Returns the place that an integer literal names, from 0.
std::size_t ordinal(const expression& x, std::size_t columns,
                    const char* clause) {
  std::size_t result = 0;
  std::from_chars(x.name.data(), x.name.data() + x.name.size(), result);
  if (result == 0 || result > columns)
    throw invalid_query(std::string{clause}
                          + " is out of SELECT column number range: " + x.name,
                        x.at);
  return result - 1;
}

bool is_integer(const expression& x) {
  return x.what == expression::kind::integer;
}

/// Refuses clauses that want a FROM when there is none.
void check_clauses(const select& x) {
  if (x.from)
    return;
  auto refuse = [](const char* clause, position at) {
    throw invalid_query(std::string{"Query without FROM clause cannot have a "}
                          + clause + " clause",
                        at);
  };
  if (x.where)
    refuse("WHERE", x.where->at);
  if (!x.group_by.empty())
    refuse("GROUP BY", x.group_by.front()->at);
  if (x.having)
    refuse("HAVING", x.having->at);
}

/// Returns the name that a column gets without AS.
std::string implied_name(const expression& x) {
  return x.what == expression::kind::path ? x.path.back() : "";
}

} // namespace

struct translator::select_state {
  const select& self;
  scope names;
  std::vector<std::string> keys;
  std::vector<output_column> columns;
  std::vector<typed> values;
  /// Values of HAVING and ORDER BY.
  std::vector<typed> others;
};

query_plan translator::run(const query& x) {
  auto made = query_of(x);
  plan_.sql = std::move(made.sql);
  if (plan_.values.size() > max_values)
    throw cannot_run("a query of that many literals", x.at);
  auto unnamed = 0;
  for (auto& column : made.columns) {
    auto name = column.name.empty() ? "f" + std::to_string(unnamed++) + "_"
                                    : column.name;
    for (auto& other : plan_.columns)
      if (same_name(other.name, name))
        throw invalid_query("Duplicate column names in the result are not "
                            "supported. Found duplicate(s): "
                            + name);
    plan_.columns.push_back(
      {std::move(name), column.type, !is_comparable(column.type)});
  }
  return std::move(plan_);
}

translator::translated translator::query_of(const query& x) {
  auto known = common_.size();
  for (auto& one : x.with) {
    for (auto i = known; i < common_.size(); ++i)
      if (same_name(common_[i].name, one.name))
        throw invalid_query(
          "Duplicate alias " + one.name + " for WITH subquery", x.at);
    auto before = weight_;
    auto made = query_of(*one.sub);
    common_.push_back({one.name, std::move(made), weight_ - before});
  }
  auto plain = x.members.size() == 1 && x.members.front().select;
  auto result = plain ? select_of(*x.members.front().select, x) : set_of(x);
  common_.erase(common_.begin() + static_cast<std::ptrdiff_t>(known),
                common_.end());
  if (result.sql.size() > max_sql)
    throw cannot_run("a query of that size", x.at);
  return result;
}

// -- SELECT -------------------------------------------------------------------

translator::translated translator::select_of(const select& x,
                                             const query& tail) {
  check_clauses(x);
  select_state s{x, {}, {}, {}, {}, {}};
  std::string sql;
  if (x.from)
    sql += " FROM " + tables(*x.from, s.names, false);
  surroundings in;
  in.names = &s.names;
  if (x.where) {
    in.clause = "WHERE clause";
    sql += " WHERE " + condition(*x.where, in);
  }
  group_keys(s);
  items(s);
  for (std::size_t i = 0; i < s.keys.size(); ++i)
    sql += (i == 0 ? " GROUP BY " : ", ") + s.keys[i];
  in = {};
  in.names = &s.names;
  in.keys = &s.keys;
  in.aliases = &s.columns;
  in.alias_values = &s.values;
  if (x.having) {
    s.others.push_back(value(*x.having, in));
    if (!fits(s.others.back(), column_type::boolean))
      throw invalid_query("HAVING clause should return type BOOL, but returns "
                          "type "
                            + sql_name(s.others.back().type),
                          x.having->at);
    sql += " HAVING " + s.others.back().sql;
  }
  sql += order(s, tail) + limits(tail);
  auto is_aggregate = [](auto& v) { return v.aggregate; };
  auto has_aggregate
    = std::any_of(s.values.begin(), s.values.end(), is_aggregate);
  if (x.having && s.keys.empty() && !has_aggregate
      && std::none_of(s.others.begin(), s.others.end(), is_aggregate))
    throw cannot_run("HAVING without GROUP BY and aggregates", x.having->at);
  if (!x.from && has_aggregate)
    throw invalid_query("Query without FROM clause cannot use aggregation",
                        x.at);
  check_grouped(s);
  translated result;
  std::string list;
  for (std::size_t i = 0; i < s.values.size(); ++i)
    list += (i > 0 ? ", " : "") + s.values[i].sql + " AS " + column_name(i);
  result.sql = (x.distinct ? "SELECT DISTINCT " : "SELECT ") + list + sql;
  if (s.values.size() > max_columns)
    throw cannot_run(
      "a query of more than " + std::to_string(max_columns) + " columns", x.at);
  result.one_row
    = !tail.limit && !x.having && s.keys.empty() && (!x.from || has_aggregate);
  result.columns = std::move(s.columns);
  return result;
}

std::string translator::condition(const expression& x, const surroundings& in) {
  auto made = value(x, in);
  if (!fits(made, column_type::boolean))
    throw invalid_query(std::string{in.clause}
                          + " should return type BOOL, but returns type "
                          + sql_name(made.type),
                        x.at);
  return made.sql;
}

void translator::group_keys(select_state& s) {
  for (auto& x : s.self.group_by) {
    auto key = group_key(s, *x);
    if (!is_comparable(key.type))
      throw cannot_run("GROUP BY " + sql_name(key.type), x->at);
    if (!key.loose)
      throw cannot_run("GROUP BY a constant", x->at);
    s.keys.push_back(key.sql);
  }
}

typed translator::group_key(select_state& s, const expression& x) {
  surroundings in;
  in.names = &s.names;
  in.clause = "GROUP BY";
  auto& all = s.self.items;
  if (is_integer(x)) {
    if (std::any_of(all.begin(), all.end(), [](auto& i) { return !i.value; }))
      throw cannot_run("GROUP BY a number beside a star", x.at);
    return value(*all[ordinal(x, all.size(), "GROUP BY")].value, in);
  }
  if (x.what == expression::kind::path && x.path.size() == 1)
    for (auto& item : all)
      if (same_name(item.alias, x.path.front())) {
        auto aliased = value(*item.value, in);
        auto column = named_column(x, s.names);
        if (column && column->sql != aliased.sql)
          throw cannot_run("a name that is both one of the SELECT list and a "
                           "column",
                           x.at);
        return aliased;
      }
  return value(x, in);
}

void translator::items(select_state& s) {
  surroundings in;
  in.names = &s.names;
  in.keys = &s.keys;
  for (auto& item : s.self.items) {
    if (!item.value) {
      star(s, item);
      continue;
    }
    auto name = item.alias.empty() ? implied_name(*item.value) : item.alias;
    auto made = value(*item.value, in);
    if (s.self.distinct && !is_comparable(made.type))
      throw cannot_run("SELECT DISTINCT of " + sql_name(made.type), item.at);
    s.columns.push_back({std::move(name), made.type, ""});
    s.values.push_back(std::move(made));
  }
}

void translator::star(select_state& s, const select_item& item) {
  auto& all = s.names.relations;
  if (all.empty())
    throw invalid_query("SELECT * must have a FROM clause", item.at);
  for (auto& name : item.except)
    if (std::none_of(all.begin(), all.end(), [&](auto& r) {
          return std::any_of(r.columns.begin(), r.columns.end(),
                             [&](auto& c) { return same_name(c.name, name); });
        }))
      throw invalid_query(
        "Column " + name + " in SELECT * EXCEPT list does not exist", item.at);
  if (item.table.empty()) {
    relation shared;
    shared.columns = s.names.shared;
    star_of(s, shared, item, true);
    for (auto& from : all)
      star_of(s, from, item, false);
    return;
  }
  for (auto& from : all)
    if (same_name(from.alias, item.table))
      return star_of(s, from, item, true);
  throw invalid_query("Unrecognized name: " + item.table, item.at);
}

void translator::star_of(select_state& s, const relation& from,
                         const select_item& item, bool with_shared) {
  auto among = [](const std::vector<std::string>& names, std::string_view x) {
    return std::any_of(names.begin(), names.end(),
                       [&](auto& n) { return same_name(n, x); });
  };
  for (std::size_t i = 0; i < from.columns.size(); ++i) {
    auto& x = from.columns[i];
    if (among(item.except, x.name)
        || (!with_shared && among(from.shared, x.name)))
      continue;
    relation one;
    one.source = from.source;
    one.columns.push_back(x);
    auto made = columns_of(one).front();
    if (made.loose)
      made.loose->at = item.at;
    if (std::find(s.keys.begin(), s.keys.end(), made.sql) != s.keys.end())
      made.loose.reset();
    if (s.self.distinct && !is_comparable(made.type))
      throw cannot_run("SELECT DISTINCT of " + sql_name(made.type), item.at);
    s.columns.push_back({x.name, made.type, ""});
    s.values.push_back(std::move(made));
  }
}

std::string translator::order(select_state& s, const query& tail) {
  std::string result;
  for (auto& x : tail.order_by) {
    surroundings in;
    in.names = &s.names;
    in.keys = &s.keys;
    in.aliases = &s.columns;
    in.alias_values = &s.values;
    in.alias_first = true;
    auto key = is_integer(*x.value)
                 ? s.values[ordinal(*x.value, s.values.size(), "ORDER BY")]
                 : value(*x.value, in);
    if (!is_comparable(key.type))
      throw cannot_run("ORDER BY " + sql_name(key.type), x.value->at);
    auto same = std::find_if(s.values.begin(), s.values.end(),
                             [&](auto& v) { return v.sql == key.sql; });
    if (same != s.values.end())
      key.sql = std::to_string(same - s.values.begin() + 1);
    else if (s.self.distinct)
      throw cannot_run("ORDER BY what is not in the list of SELECT DISTINCT",
                       x.value->at);
    else
      s.others.push_back(key);
    result += (result.empty() ? " ORDER BY " : ", ") + comparable(key)
              + (x.descending ? " DESC" : "") + x.nulls;
  }
  return result;
}

void translator::check_grouped(const select_state& s) const {
  auto grouped = !s.keys.empty() || s.self.having;
  for (auto list : {&s.values, &s.others})
    for (auto& x : *list)
      grouped = grouped || x.aggregate;
  if (!grouped)
    return;
  for (auto list : {&s.values, &s.others})
    for (auto& x : *list)
      if (x.loose)
        throw invalid_query(
          std::string{list == &s.values ? "SELECT list" : "HAVING or ORDER BY"}
            + " expression references column " + x.loose->name
            + " which is neither grouped nor aggregated",
          x.loose->at);
}

std::string translator::limits(const query& tail) {
  std::string result;
  if (tail.limit)
    result += " LIMIT " + count_of(*tail.limit);
  if (tail.offset)
    result += " OFFSET " + count_of(*tail.offset);
  return result;
}

std::string translator::count_of(const expression& x) {
  auto made = value(x, {});
  auto negative = true;
  if (made.type.is(column_type::integer) && made.sql != "NULL") {
    auto i = std::stoul(made.sql.substr(1)) - 1;
    negative = std::get<std::int64_t>(plan_.values[i]) < 0;
  }
  if (negative)
    throw invalid_query("LIMIT and OFFSET expect a non-negative integer "
                        "literal or parameter",
                        x.at);
  return made.sql;
}

// -- UNION and the like -------------------------------------------------------

translator::translated translator::member_of(const query_member& x) {
  static const query no_tail;
  return x.sub ? query_of(*x.sub) : select_of(*x.select, no_tail);
}

translator::translated translator::set_of(const query& x) {
  std::vector<translated> all;
  for (auto& member : x.members)
    all.push_back(member_of(member));
  translated result;
  auto types = common_columns(x, all);
  std::string sql;
  for (auto& member : all)
    sql += (sql.empty() ? "" : " " + x.set_operator + " ")
           + (all.size() == 1 ? member.sql : unified_member(member, types));
  // Around it all a SELECT, in which ORDER BY may have expressions.
  static const select everything;
  select_state s{everything, {}, {}, {}, {}, {}};
  relation self;
  for (std::size_t i = 0; i < types.size(); ++i)
    self.columns.push_back({all.front().columns[i].name, types[i], ""});
  translated whole;
  whole.columns = self.columns;
  self.columns.clear();
  expose(self, whole);
  auto alias = "q" + std::to_string(next_alias_ - 1);
  s.values = columns_of(self);
  s.columns = self.columns;
  std::string list;
  for (std::size_t i = 0; i < s.values.size(); ++i)
    list += (i > 0 ? ", " : "") + s.values[i].sql + " AS " + column_name(i);
  result.columns = self.columns;
  s.names.relations.push_back(std::move(self));
  result.sql = "SELECT " + list + " FROM (" + sql + ") AS " + alias
               + order(s, x) + limits(x);
  result.one_row = all.size() == 1 && all.front().one_row && !x.limit;
  check_grouped(s);
  return result;
}

std::vector<value_type>
translator::common_columns(const query& x, const std::vector<translated>& all) {
  std::vector<value_type> result;
  auto& first = all.front().columns;
  for (std::size_t i = 0; i < first.size(); ++i) {
    std::vector<typed> column;
    std::string names;
    for (auto& member : all) {
      if (member.columns.size() != first.size())
        throw invalid_query("Queries in " + x.set_operator
                              + " have mismatched column count",
                            x.at);
      column.push_back(combine({}, member.columns[i].type, "NULL", x.at));
      names += (names.empty() ? "" : ", ") + sql_name(member.columns[i].type);
    }
    if (all.size() > 1 && !unify(column))
      throw cannot_run(x.set_operator + " of columns of type " + names, x.at);
    result.push_back(column.front().type);
  }
  return result;
}

std::string translator::unified_member(const translated& member,
                                       const std::vector<value_type>& to) {
  std::string result;
  for (std::size_t i = 0; i < to.size(); ++i) {
    auto x = combine({}, member.columns[i].type, column_name(i), {});
    if (!to[i].unknown)
      x = coerce(std::move(x), to[i].type);
    result += (i > 0 ? ", " : "SELECT ") + x.sql + " AS " + column_name(i);
  }
  return result + " FROM (" + member.sql + ")";
}

} // namespace bqs::sandbox::sql
