#pragma once

#include <chrono>
#include <string>
#include <utility>

#include <nlohmann/json.hpp>

#include "sandbox/errors.hpp"
#include "sandbox/service.hpp"
#include "sandbox/tape.hpp"
#include "tests/scratch.hpp"

namespace bqs::sandbox::test {

using json = nlohmann::ordered_json;

using scratch_directory = bqs::test::scratch;

/// Returns the tape of a text that must be JSON.
inline tape read(std::string_view text) {
  return std::get<tape>(tape::parse(text, 100));
}

/// Returns the columns of a `schema.fields` list that must be right.
inline columns schema_of(std::string_view fields) {
  auto list = json::parse(fields);
  return std::get<columns>(read_schema(list));
}

/// Returns what a call refuses with; its status is 0 if it does not.
template <class F>
refusal refused(F f) {
  try {
    f();
  } catch (const refusal& why) {
    return why;
  }
  return {0, {}, {}, {}, {}, {}};
}

/// The whole endpoint without sockets, in memory, with a clock that stands
/// still until it is moved.
class endpoint {
public:
  explicit endpoint(options o = {}) : answers(with_clock(std::move(o))) {
    // nop
  }

  reply call(const std::string& method, const std::string& path,
             const std::string& body = "") {
    return call(method, path, body, {});
  }

  reply call(const std::string& method, const std::string& path,
             const std::string& body,
             std::vector<std::pair<std::string, std::string>> query) {
    request x;
    x.method = method;
    x.path = path;
    x.query = std::move(query);
    x.authorization = authorization;
    x.if_match = if_match;
    auto c = answers.begin(x);
    if (c.early)
      return *c.early;
    auto state = body.size() > answers.opts.limits.body_bytes
                   ? body_state::too_large
                   : body_state::whole;
    if (c.scan)
      c.scan->feed(body);
    else
      x.body = body;
    return answers.finish(c, x, state);
  }

  /// Makes `ds.t` with these fields.
  void make_table(const std::string& fields) {
    call("POST", "/projects/p/datasets",
         R"({"datasetReference":{"datasetId":"ds"}})");
    auto made = call("POST", "/projects/p/datasets/ds/tables",
                     R"({"tableReference":{"tableId":"t"},"schema":{"fields":)"
                       + fields + "}}");
    if (made.status != 200)
      throw std::runtime_error(made.body);
  }

  reply insert(const std::string& body, const std::string& table = "t") {
    return call("POST",
                "/projects/p/datasets/ds/tables/" + table + "/insertAll", body);
  }

  std::uint64_t count(const std::string& table = "t") {
    auto known = answers.all.find("ds", table);
    return known ? answers.rows.count(known->rows_table) : 0;
  }

  std::chrono::system_clock::time_point now
    = std::chrono::sys_days{std::chrono::year{2026} / 11 / 22};
  std::string authorization;
  std::string if_match;
  service answers;

private:
  options with_clock(options o) {
    o.clock = [this] { return now; };
    return o;
  }
};

} // namespace bqs::sandbox::test
