#include "app/replay_summary.hpp"

#include <cmath>
#include <vector>

#include <nlohmann/json.hpp>

#include "app/columns.hpp"
#include "app/report.hpp"

namespace bqs::app {

namespace {

using nlohmann::ordered_json;

void put(ordered_json& to, const replay_counts& x, bool dry_run) {
  to["read"] = x.read;
  to["skipped"] = x.skipped;
  to["copies"] = x.copies;
  if (dry_run) {
    to["would_send"] = x.wanted();
    return;
  }
  to["stored"] = x.stored;
  to["failed"] = x.failed;
  to["unsettled"] = x.unsettled();
  to["possibly_duplicated"] = x.possibly_duplicated;
}

std::vector<cell> line_of(const std::string& table, const std::string& reason,
                          const replay_counts& x, bool dry_run) {
  std::vector<cell> result{{table}, {reason}};
  auto add = [&result](std::uint64_t number) {
    result.push_back({group_digits(number)});
  };
  add(x.read);
  add(x.skipped);
  add(x.copies);
  if (dry_run) {
    add(x.wanted());
    return result;
  }
  add(x.stored);
  add(x.failed);
  add(x.unsettled());
  return result;
}

columns heads(bool dry_run) {
  std::vector<column> result{{"TABLE"}, {"REASON"}};
  for (auto name : {"READ", "SKIPPED", "COPIES"})
    result.push_back({name, lean::right});
  if (dry_run) {
    result.push_back({"WOULD BE SENT", lean::right});
    return columns{std::move(result)};
  }
  for (auto name : {"STORED", "FAILED AGAIN", "UNKNOWN"})
    result.push_back({name, lean::right});
  return columns{std::move(result)};
}

} // namespace

replay_counts& replay_counts::operator+=(const replay_counts& x) noexcept {
  read += x.read;
  skipped += x.skipped;
  copies += x.copies;
  stored += x.stored;
  failed += x.failed;
  possibly_duplicated += x.possibly_duplicated;
  return *this;
}

replay_counts replay_summary::total() const {
  replay_counts result;
  for (auto& [key, x] : groups)
    result += x;
  return result;
}

std::string summary_json(const replay_summary& x) {
  ordered_json result;
  put(result, x.total(), x.dry_run);
  result["malformed"] = x.malformed;
  result["seconds"] = std::round(x.seconds * 1000) / 1000;
  auto& groups = result["groups"] = ordered_json::array();
  for (auto& [key, counts] : x.groups) {
    ordered_json group{{"table", key.first}, {"reason", key.second}};
    put(group, counts, x.dry_run);
    groups.push_back(std::move(group));
  }
  return to_line(result) + "\n";
}

std::string summary_text(const replay_summary& x) {
  std::vector<std::vector<cell>> lines;
  for (auto& [key, counts] : x.groups)
    lines.push_back(line_of(key.first, key.second, counts, x.dry_run));
  auto total = x.total();
  lines.push_back(line_of("total", "", total, x.dry_run));
  auto layout = heads(x.dry_run);
  layout.widen(lines);
  auto result = layout.heading({}) + layout.text(lines, {});
  if (x.malformed > 0)
    result += group_digits(x.malformed)
              + (x.malformed == 1 ? " line is no dead letter\n"
                                  : " lines are no dead letters\n");
  if (total.possibly_duplicated > 0)
    result += group_digits(total.possibly_duplicated)
              + " of the stored may be there twice\n";
  return result;
}

std::string malformed_line(std::string_view file, std::uint64_t line,
                           const std::string& why) {
  ordered_json result;
  result["file"] = file;
  result["line"] = line;
  result["reason"] = "malformed";
  result["message"] = why;
  return to_line(result);
}

} // namespace bqs::app
