#include "sandbox/sql_values.hpp"

#include <utility>

#include "sandbox/sql_tokens.hpp"
#include "sandbox/times.hpp"

namespace bqs::sandbox::sql {

value_type plain(column_type x) {
  value_type result;
  result.type = x;
  return result;
}

typed make_value(std::string sql, column_type type, position at) {
  typed result;
  result.sql = std::move(sql);
  result.type = plain(type);
  result.at = at;
  return result;
}

typed combine(const std::vector<typed>& parts, value_type type, std::string sql,
              position at) {
  typed result;
  result.sql = std::move(sql);
  result.type = std::move(type);
  result.at = at;
  for (auto& x : parts) {
    result.aggregate = result.aggregate || x.aggregate;
    if (!result.loose)
      result.loose = x.loose;
  }
  return result;
}

std::optional<bound_value> read_time(column_type type, const std::string& text,
                                     position at) {
  std::optional<std::string> canonical;
  if (type == column_type::date) {
    canonical = canonical_date(text);
  } else if (type == column_type::time) {
    canonical = canonical_time(text);
  } else if (type == column_type::datetime) {
    canonical = canonical_datetime(text);
  } else {
    auto read = read_timestamp(text);
    if (read.what == timestamp_reading::verdict::bad_zone)
      throw cannot_run("the time zone " + read.zone, at);
    if (read.what != timestamp_reading::verdict::ok || !begins_with_date(text))
      return std::nullopt;
    return read.micros;
  }
  if (!canonical)
    return std::nullopt;
  return std::move(*canonical);
}

std::string word_of(const expression& x) {
  return x.what == expression::kind::path && x.path.size() == 1
           ? to_upper(x.path.front())
           : "";
}

bool same_name(std::string_view a, std::string_view b) {
  return a.size() == b.size() && to_upper(a) == to_upper(b);
}

} // namespace bqs::sandbox::sql
