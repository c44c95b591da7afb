#include "tests/live/ground.hpp"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <optional>
#include <stdexcept>
#include <thread>
#include <utility>

namespace bqs::live {

namespace {

using namespace std::chrono_literals;
using nlohmann::json;
namespace fs = std::filesystem;

/// The service speaks of minutes; ten have been seen.
constexpr auto patience = 15min;

[[noreturn]] void refuse(const std::string& what, const http::answer& x) {
  throw std::runtime_error{what + ": HTTP " + std::to_string(x.status) + " "
                           + x.body.substr(0, 500)};
}

json parsed(const http::answer& x, const std::string& what) {
  auto result = json::parse(x.body, nullptr, false);
  if (x.status != 200 || result.is_discarded())
    refuse(what, x);
  return result;
}

json schema_of(const std::string& fields) {
  return {{"fields", json::parse("[" + fields + "]")}};
}

std::string expiry() {
  auto end = std::chrono::system_clock::now() + 2h;
  return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(
                          end.time_since_epoch())
                          .count());
}

} // namespace

bool eventually(const std::function<bool()>& is_so) {
  auto end = std::chrono::steady_clock::now() + patience;
  while (!is_so()) {
    if (std::chrono::steady_clock::now() > end)
      return false;
    std::this_thread::sleep_for(500ms); // or the service gets tired of us
  }
  return true;
}

ground::ground(const arguments& where)
  : given_(where), project_(where.words.at(0)), dataset_(where.words.at(1)),
    directory_(where.words.at(2)),
    prefix_("bqs_live_" + fs::path{directory_}.filename().string() + "_"),
    service_(where.bigquery) {
  fs::create_directories(directory_ + "/tables");
  // What is wrong with the dataset shall be said before anything is made, and
  // at once: whoever started this waits for it.
  auto found
    = service_.ask("GET", "/projects/" + project_ + "/datasets/" + dataset_);
  if (found.status != 200)
    refuse("the dataset " + project_ + ":" + dataset_ + " cannot be used",
           found);
}

std::string ground::path_of(const std::string& table) const {
  return "/projects/" + project_ + "/datasets/" + dataset_ + "/tables"
         + (table.empty() ? "" : "/" + table);
}

void ground::clear() {
  std::string left;
  std::vector<fs::path> all;
  for (auto& x : fs::directory_iterator{directory_ + "/tables"})
    all.push_back(x.path());
  for (auto& file : all) {
    auto answer = service_.insist("DELETE", path_of(file.filename()));
    if (answer.status / 100 == 2 || answer.status == 404)
      fs::remove(file);
    else
      left += " " + file.filename().string();
  }
  if (!left.empty())
    throw std::runtime_error{"could not be deleted:" + left};
}

std::string ground::make_new_table(const std::string& name,
                                   const std::string& fields) {
  auto table = name_of(name);
  charge({.tables = 1});
  // In front of the request: its answer may never come.
  std::ofstream{directory_ + "/tables/" + table};
  auto made = service_.insist(
    "POST", path_of(""),
    json{
      {"tableReference",
       {{"projectId", project_}, {"datasetId", dataset_}, {"tableId", table}}},
      {"expirationTime", expiry()},
      {"schema", schema_of(fields)}}
      .dump());
  // It is there already where the answer to the first request was lost.
  if (made.status != 200 && made.status != 409)
    refuse("the table " + table + " could not be made", made);
  return table;
}

std::string ground::make_table(const std::string& name,
                               const std::string& fields) {
  auto table = make_new_table(name, fields);
  wait_until_takes(table, {});
  return table;
}

void ground::change_table(const std::string& table, const std::string& fields) {
  parsed(service_.insist("PATCH", path_of(table),
                         json{{"schema", schema_of(fields)}}.dump()),
         "the table " + table + " could not be changed");
}

void ground::charge_rows(std::string_view text) {
  bill more;
  more.add_rows(text);
  charge(more);
}

void ground::wait_until_takes(const std::string& table,
                              const std::string& row) {
  // A row beside one that is bad is not stored, but looked at. Several times:
  // the service is many machines.
  auto good = row.empty() ? "" : R"({"json":)" + row + "},";
  auto body = R"({"rows":[)" + good + R"({"json":{"bqs_no_such_field":1}}]})";
  auto in_a_row = 0;
  auto is_known = [&] {
    charge_rows(good.empty() ? "x" : row + "\nx");
    auto answer = insert(table, body);
    auto said = json::parse(answer.body, nullptr, false);
    auto fits = answer.status == 200 && said.is_object();
    auto errors
      = fits ? said.value("insertErrors", json::array()) : json::array();
    for (auto& x : errors)
      if (!good.empty() && x.value("index", 0) == 0)
        fits = fits && x["errors"][0].value("reason", "") == "stopped";
    in_a_row = fits ? in_a_row + 1 : 0;
    return in_a_row == 3;
  };
  if (!eventually(is_known))
    throw std::runtime_error{"the table " + table + " does not take rows"};
}

http::answer ground::insert(const std::string& table, std::string_view body,
                            const http::connection::headers& more) {
  return service_.ask("POST", path_of(table) + "/insertAll", body, more);
}

std::vector<std::string> ground::query(const std::string& sql) {
  charge({.queries = 1});
  auto what = "the query " + sql;
  auto answer
    = parsed(service_.insist("POST", "/projects/" + project_ + "/queries",
                             json{{"query", sql},
                                  {"useLegacySql", false},
                                  {"useQueryCache", false},
                                  {"timeoutMs", 60'000}}
                               .dump()),
             what);
  auto is_complete = [&] {
    if (answer.value("jobComplete", false))
      return true;
    auto job = answer.at("jobReference");
    auto location = job.value("location", "");
    answer = parsed(
      service_.insist(
        "GET", "/projects/" + project_ + "/queries/"
                 + job.at("jobId").get<std::string>() + "?timeoutMs=60000"
                 + (location.empty() ? "" : "&location=" + location)),
      what);
    return answer.value("jobComplete", false);
  };
  if (!eventually(is_complete))
    throw std::runtime_error{what + " does not end"};
  std::vector<std::string> result;
  for (auto& x : answer.at("rows").at(0).at("f"))
    result.push_back(x["v"].is_null() ? "" : x["v"].get<std::string>());
  return result;
}

counted ground::count(const std::string& table, const std::string& prefix) {
  auto which
    = prefix.empty() ? "" : " WHERE STARTS_WITH(id, '" + prefix + "-')";
  auto values = query("SELECT COUNT(*), COUNT(DISTINCT id) FROM `" + project_
                      + "." + dataset_ + "." + table + "`" + which);
  return {std::stoull(values.at(0)), std::stoull(values.at(1))};
}

namespace {

std::optional<ground> now;

} // namespace

ground& here() {
  return now.value();
}

void enter(const arguments& where) {
  now.emplace(where);
}

bool leave() {
  auto fine = true;
  try {
    now->clear();
  } catch (const std::runtime_error& why) {
    std::cerr << why.what() << '\n';
    fine = false;
  }
  std::cout << "it took " << now->spent().text() << '\n';
  now.reset();
  return fine;
}

} // namespace bqs::live
