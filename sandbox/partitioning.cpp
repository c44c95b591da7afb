#include "sandbox/partitioning.hpp"

#include <array>
#include <cstdint>

#include <nlohmann/json.hpp>

#include "sandbox/times.hpp"
#include "sandbox/wordings.hpp"

namespace bqs::sandbox {

namespace {

using json = nlohmann::ordered_json;
using std::chrono::days;

// For a decorator.
constexpr days decorator_back{31};
constexpr days decorator_ahead{16};
// For the value of a partition column: ten years back, one ahead.
constexpr days column_back{3650};
constexpr days column_ahead{366};
constexpr std::size_t max_clusters = 4;

bool is_time(column_type x) {
  return x == column_type::date || x == column_type::datetime
         || x == column_type::timestamp;
}

std::size_t find_column(const columns& schema, const std::string& name,
                        const char* use) {
  auto i = schema.find(name);
  if (i == columns::none)
    throw invalid("The field specified for " + std::string{use}
                  + " cannot be found in the schema. Invalid field: " + name
                  + ".");
  return i;
}

void check_clustering(const json& document, const columns& schema) {
  auto i = document.find("clustering");
  if (i == document.end())
    return;
  auto fields = i->is_object() ? i->find("fields") : i->end();
  if (!i->is_object() || fields == i->end() || !fields->is_array()
      || fields->empty() || fields->size() > max_clusters)
    throw invalid("Clustering needs one to four fields.");
  for (auto& name : *fields) {
    if (!name.is_string())
      throw invalid("Clustering needs one to four fields.");
    find_column(schema, name.get<std::string>(), "clustering");
  }
}

/// Returns the time of a stored value, and how the service prints it.
std::pair<days, std::string> read_stored(column_type type,
                                         std::string_view text) {
  // A date reads as its first instant, a datetime as if it were of UTC.
  auto micros = std::chrono::microseconds{read_timestamp(text).micros};
  auto day = std::chrono::floor<days>(micros);
  return {day, std::to_string(type == column_type::date ? day.count()
                                                        : micros.count())};
}

} // namespace

partitioning read_partitioning(const json& document, const columns& schema) {
  check_clustering(document, schema);
  auto i = document.find("timePartitioning");
  if (i == document.end())
    return {};
  auto text = [&](const char* name) {
    auto member = i->is_object() ? i->find(name) : i->end();
    return i->is_object() && member != i->end() && member->is_string()
             ? member->get<std::string>()
             : std::string{};
  };
  auto type = text("type");
  constexpr std::array<std::string_view, 4> types{"HOUR", "DAY", "MONTH",
                                                  "YEAR"};
  if (std::find(types.begin(), types.end(), type) == types.end())
    throw invalid("Invalid value for timePartitioning.type: \"" + type
                  + "\" is not one of HOUR, DAY, MONTH, YEAR.");
  partitioning result{partitioning::kind::by_ingestion, type == "DAY",
                      columns::none};
  auto field = text("field");
  if (field.empty())
    return result;
  result.how = partitioning::kind::by_column;
  result.column = find_column(schema, field, "time partitioning");
  auto& column = schema[result.column];
  if (!is_time(column.type) || column.mode == column_mode::repeated)
    throw invalid("The field specified for time partitioning must be a DATE, "
                  "DATETIME or TIMESTAMP that is not REPEATED. Invalid field: "
                  + field + ".");
  return result;
}

void check_decorator(const table_name& at, const partitioning& of,
                     std::chrono::sys_days today) {
  auto dollar = at.table.find('$');
  if (dollar == std::string::npos)
    return;
  auto day = read_partition_day(std::string_view{at.table}.substr(dollar + 1));
  if (!day)
    throw invalid("Invalid table ID \"" + at.table
                  + "\": the partition must be YYYYMMDD.");
  if (of.how == partitioning::kind::by_column)
    throw invalid("Streaming to metadata partition of column based "
                  "partitioning table "
                  + at.table + " is disallowed.");
  if (of.how == partitioning::kind::none || !of.daily)
    throw invalid("Cannot stream to partition " + at.table
                  + ": the table is not partitioned by day.");
  auto point = std::chrono::sys_days{days{*day}};
  if (point < today - decorator_back || point > today + decorator_ahead)
    throw partition_out_of_bounds(at);
}

std::optional<std::string> check_bounds(const table_name& at, const column& of,
                                        std::string_view stored,
                                        std::chrono::sys_days today) {
  if (stored.size() < 2) // NULL
    return std::nullopt;
  stored = stored.substr(1, stored.size() - 2); // quotes
  auto [day, shown] = read_stored(of.type, stored);
  auto point = std::chrono::sys_days{day};
  if (point >= today - column_back && point <= today + column_ahead)
    return std::nullopt;
  return say(flaw::outside_of_partitions,
             {shown, of.name, at.project + ":" + at.dataset + "." + at.table,
              std::to_string(column_back.count()),
              std::to_string(column_ahead.count())});
}

} // namespace bqs::sandbox
