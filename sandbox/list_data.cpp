#include "sandbox/list_data.hpp"

#include <algorithm>

#include "sandbox/decimals.hpp"
#include "sandbox/resources.hpp"
#include "sandbox/times.hpp"

namespace bqs::sandbox {

namespace {

using json = nlohmann::ordered_json;

// Of one page, about.
constexpr std::size_t max_bytes = 10u << 20;
constexpr std::uint64_t max_rows = 100'000;

} // namespace

timestamp_format read_timestamp_format(const request& x) {
  if (flag_parameter(x, "formatOptions.useInt64Timestamp"))
    return timestamp_format::micros;
  auto format = x.parameter("formatOptions.timestampOutputFormat");
  if (format == "INT64")
    return timestamp_format::micros;
  if (format == "ISO8601_STRING")
    return timestamp_format::iso;
  return timestamp_format::seconds;
}

json row_renderer::render(std::string_view row) const {
  // Deeper than the schema it cannot be: the row was written by it.
  return record(schema_, json::parse(row));
}

json row_renderer::record(const columns& schema, const json& row) const {
  auto cells = json::array();
  const json missing;
  for (std::size_t i = 0; i < schema.size(); ++i) {
    auto found = row.find(schema[i].name);
    auto cell = value(schema[i], found == row.end() ? missing : *found);
    cells.push_back({{"v", std::move(cell)}});
  }
  return {{"f", std::move(cells)}};
}

json row_renderer::value(const column& of, const json& x) const {
  if (of.mode == column_mode::repeated) {
    auto result = json::array();
    auto single = of;
    single.mode = column_mode::nullable;
    if (x.is_array())
      for (auto& each : x)
        result.push_back({{"v", value(single, each)}});
    return result;
  }
  if (x.is_null())
    return nullptr;
  if (of.type == column_type::record)
    return record(of.fields, x);
  if (of.type == column_type::range) {
    auto bound = [&](const char* name) {
      auto& part = x.at(name);
      return part.is_null() ? std::string{"UNBOUNDED"}
                            : scalar(of.element, part).get<std::string>();
    };
    return "[" + bound("start") + ", " + bound("end") + ")";
  }
  return scalar(of.type, x);
}

json row_renderer::scalar(column_type type, const json& x) const {
  if (type == column_type::timestamp) {
    auto& text = x.get_ref<const std::string&>();
    if (how_ == timestamp_format::iso)
      return text;
    auto micros = read_timestamp(text).micros;
    if (how_ == timestamp_format::micros)
      return std::to_string(micros);
    return render_scientific(static_cast<double>(micros) / 1e6);
  }
  return x.is_string() ? x : json(x.dump());
}

columns select(const columns& all, std::string_view names) {
  if (names.empty())
    return all;
  columns result;
  while (!names.empty()) {
    auto end = std::min(names.find(','), names.size());
    // Of `rec.x` all of `rec` is shown.
    auto name = names.substr(0, std::min(names.find('.'), end));
    auto i = all.find(name);
    if (i == columns::none)
      throw invalid("Invalid field selection: " + std::string{name});
    result.add(all[i]);
    names.remove_prefix(std::min(end + 1, names.size()));
  }
  return result;
}

reply list_data(const table_entry& from, store& rows, const request& x) {
  auto shown = select(from.schema, x.parameter("selectedFields"));
  row_renderer renderer{shown, read_timestamp_format(x)};
  auto most = std::min(number_parameter(x, "maxResults", max_rows), max_rows);
  auto token = number_parameter(x, "pageToken", 0);
  // A token says where to go on; the start is behind it already.
  auto offset = token > 0 ? 0 : number_parameter(x, "startIndex", 0);
  std::string list;
  std::uint64_t count = 0;
  std::int64_t last = 0;
  auto more = false;
  // The rows are copied out first, so that inserts do not wait for rendering.
  std::vector<std::string> texts;
  std::size_t bytes = 0;
  rows.read(from.rows_table, static_cast<std::int64_t>(token), offset,
            [&](std::int64_t seq, std::string_view row) {
              more = count == most || bytes > max_bytes;
              if (more)
                return false;
              texts.emplace_back(row);
              bytes += row.size();
              last = seq;
              ++count;
              return true;
            });
  for (auto& text : texts) {
    list += list.empty() ? '[' : ',';
    list += renderer.render(text).dump();
  }
  json body{{"kind", "bigquery#tableDataList"},
            {"etag", etag(from.document)},
            {"totalRows", std::to_string(rows.size(from.rows_table).rows)}};
  if (more && count > 0)
    body["pageToken"] = std::to_string(last);
  auto result = json_reply(body);
  if (!list.empty()) {
    result.body.pop_back();
    result.body += ",\"rows\":" + list + "]}";
  }
  return result;
}

} // namespace bqs::sandbox
