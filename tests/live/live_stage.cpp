#include "tests/live/live_stage.hpp"

#include <algorithm>
#include <chrono>
#include <sstream>
#include <utility>

namespace bqs::live {

namespace {

using namespace std::chrono_literals;

std::string key_of(const std::string& option) {
  return option.substr(0, option.find('=') + 1);
}

} // namespace

void live_stage::start(std::vector<std::string> more) {
  auto& given = here().given();
  auto all = given.settings;
  all.push_back("--bigquery.project=" + here().project());
  // The sandbox is not what the stage takes for granted here.
  for (auto& usual : {"--bigquery.endpoint=" + given.bigquery.endpoint,
                      "--bigquery.credentials=" + given.bigquery.credentials})
    if (std::ranges::none_of(all, [&usual](const std::string& x) {
          return key_of(x) == key_of(usual);
        }))
      all.push_back(usual);
  for (auto& x : all)
    if (std::ranges::none_of(
          more, [&x](const std::string& y) { return key_of(x) == key_of(y); }))
      more.push_back(x);
  start_node(std::move(more));
}

std::vector<std::string>
live_stage::command(const std::string& table,
                    std::vector<std::string> more) const {
  more.insert(more.begin(), {"send", "--to=" + to_node(),
                             "--table=" + here().address_of(table), "--json"});
  return more;
}

test::process live_stage::sender(const std::string& table,
                                 const std::string& rows,
                                 std::vector<std::string> more) const {
  here().charge_rows(rows);
  return test::process{command(table, std::move(more)), rows};
}

int live_stage::send(const std::string& table, const std::string& rows,
                     std::vector<std::string> more) {
  auto x = sender(table, rows, std::move(more));
  return finish(x);
}

int live_stage::finish(test::process& x) {
  auto code = x.wait(30min);
  output = x.output();
  errors = x.errors();
  summary = nlohmann::json::parse(output, nullptr, false);
  return code;
}

bool live_stage::wait_for_total(const std::string& name, std::uint64_t least) {
  auto end = std::chrono::steady_clock::now() + 15min;
  while (status()["total"].value(name, std::uint64_t{0}) < least)
    if (std::chrono::steady_clock::now() > end)
      return false;
  return true;
}

std::vector<nlohmann::json> live_stage::told() const {
  std::vector<nlohmann::json> result;
  std::istringstream lines{errors};
  for (std::string line; std::getline(lines, line);)
    if (auto x = nlohmann::json::parse(line, nullptr, false); x.is_object())
      result.push_back(std::move(x));
  return result;
}

std::map<int, std::string> live_stage::reasons() const {
  std::map<int, std::string> result;
  for (auto& x : told())
    result[x.value("line", 0)] = x.value("reason", "");
  return result;
}

void live_stage::expect_rows(const std::string& table,
                             const std::string& prefix, std::uint64_t rows) {
  EXPECT_EQ(here().count(table, prefix), (counted{rows, rows}))
    << "rows of " << prefix;
}

const std::string& live_stage::plain_table() {
  static const auto name = here().make_table("plain", row_fields);
  return name;
}

} // namespace bqs::live
