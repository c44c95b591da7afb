#include "sandbox/query_engine.hpp"

#include <charconv>
#include <cmath>
#include <memory>
#include <stdexcept>

#include <sqlite3.h>

#include "sandbox/json_text.hpp"
#include "sandbox/query_errors.hpp"
#include "sandbox/query_tables.hpp"
#include "sandbox/sql_parser.hpp"
#include "sandbox/sql_runtime.hpp"
#include "sandbox/sql_translator.hpp"
#include "sandbox/times.hpp"

namespace bqs::sandbox {

namespace {

using clock = std::chrono::steady_clock;

constexpr std::ptrdiff_t at_once = 4;
constexpr std::size_t max_text = 1u << 20; // the service's limit
constexpr int steps_between_looks = 2'000;
constexpr int max_value_bytes = 32 << 20;

struct close_connection {
  void operator()(sqlite3* x) const noexcept {
    sqlite3_close_v2(x);
  }
};

struct finalize_statement {
  void operator()(sqlite3_stmt* x) const noexcept {
    sqlite3_finalize(x);
  }
};

using connection = std::unique_ptr<sqlite3, close_connection>;
using prepared = std::unique_ptr<sqlite3_stmt, finalize_statement>;

struct patience {
  clock::time_point end;
  const std::atomic<bool>& stopping;
};

int look(void* x) {
  auto& self = *static_cast<patience*>(x);
  return self.stopping || clock::now() >= self.end ? 1 : 0;
}

/// Queries read; there is nothing else that they could want.
int authorize(void*, int action, const char*, const char*, const char*,
              const char*) {
  return action == SQLITE_SELECT || action == SQLITE_READ
             || action == SQLITE_FUNCTION
           ? SQLITE_OK
           : SQLITE_DENY;
}

refusal out_of_resources(const std::string& what) {
  return {400,
          "resourcesExceeded",
          "Resources exceeded during query execution: " + what,
          {},
          {},
          {}};
}

refusal too_large() {
  return {403,
          "responseTooLarge",
          "Response too large to return. Consider specifying a destination "
          "table in your job configuration.",
          {},
          {},
          {}};
}

connection open() {
  sqlite3* raw = nullptr;
  auto code = sqlite3_open_v2(
    ":memory:", &raw,
    SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
  connection result{raw};
  if (code != SQLITE_OK)
    throw std::runtime_error("SQLite: no connection");
  sqlite3_limit(raw, SQLITE_LIMIT_LENGTH, max_value_bytes);
  return result;
}

prepared prepare(sqlite3* db, const sql::query_plan& plan) {
  sqlite3_stmt* raw = nullptr;
  if (sqlite3_prepare_v2(db, plan.sql.c_str(), -1, &raw, nullptr) != SQLITE_OK)
    throw sql::invalid_query(std::string{"The sandbox cannot run this query: "}
                             + sqlite3_errmsg(db));
  prepared result{raw};
  for (std::size_t i = 0; i < plan.values.size(); ++i) {
    auto index = static_cast<int>(i) + 1;
    auto& x = plan.values[i];
    if (auto integer = std::get_if<std::int64_t>(&x))
      sqlite3_bind_int64(raw, index, *integer);
    else if (auto real = std::get_if<double>(&x))
      sqlite3_bind_double(raw, index, *real);
    else
      sqlite3_bind_text64(raw, index, std::get<std::string>(x).data(),
                          std::get<std::string>(x).size(), SQLITE_STATIC,
                          SQLITE_UTF8);
  }
  return result;
}

std::string_view text_of(sqlite3_stmt* from, int i) {
  auto data = static_cast<const char*>(sqlite3_column_blob(from, i));
  auto size = static_cast<std::size_t>(sqlite3_column_bytes(from, i));
  return data == nullptr ? std::string_view{} : std::string_view{data, size};
}

void append_float(std::string& out, double x) {
  if (!std::isfinite(x))
    throw sql::invalid_query("Floating point error: overflow");
  char text[32];
  out.append(text, std::to_chars(text, text + sizeof(text), x).ptr);
}

/// Appends a value as tables store it.
void append_value(std::string& out, const sql::result_column& column,
                  sqlite3_stmt* from, int i) {
  if (column.raw) {
    out += text_of(from, i);
    return;
  }
  switch (column.type.type) {
    case column_type::integer:
      out += std::to_string(sqlite3_column_int64(from, i));
      break;
    case column_type::floating:
      append_float(out, sqlite3_column_double(from, i));
      break;
    case column_type::boolean:
      out += sqlite3_column_int64(from, i) != 0 ? "true" : "false";
      break;
    case column_type::timestamp:
      append_quoted(out, render_timestamp(sqlite3_column_int64(from, i)));
      break;
    default:
      append_quoted(out, text_of(from, i));
  }
}

std::string row_of(const query_result& shape, const sql::query_plan& plan,
                   sqlite3_stmt* from) {
  std::string result = "{";
  for (std::size_t i = 0; i < plan.columns.size(); ++i) {
    auto at = static_cast<int>(i);
    if (sqlite3_column_type(from, at) == SQLITE_NULL)
      continue;
    if (result.size() > 1)
      result += ',';
    result += shape.schema[i].key;
    append_value(result, plan.columns[i], from, at);
  }
  return result + '}';
}

class turn {
public:
  explicit turn(std::counting_semaphore<>& of) : of_(of) {
    of_.acquire();
  }

  ~turn() {
    of_.release();
  }

  turn(const turn&) = delete;
  turn& operator=(const turn&) = delete;

private:
  std::counting_semaphore<>& of_;
};

} // namespace

query_engine::query_engine(const catalog& all, store& rows, query_limits limits)
  : all_(all), rows_(rows), limits_(limits), running_(at_once) {
  // nop
}

query_result query_engine::run(std::string_view text,
                               const sql::query_context& context, bool dry) {
  if (text.size() > max_text)
    throw sql::invalid_query("The query is too large. The maximum query length "
                             "is 1024.00K characters");
  auto tree = sql::parse_query(text);
  auto plan = sql::translator{all_, context}.run(*tree);
  query_result result;
  result.fields = nlohmann::ordered_json::array();
  for (auto& x : plan.columns)
    result.fields.push_back(sql::schema_field(x.name, x.type));
  auto schema = read_schema(result.fields);
  if (auto words = std::get_if<std::string>(&schema))
    throw sql::invalid_query(*words);
  result.schema = std::get<columns>(std::move(schema));
  if (!limits_.has_rows && !plan.sources.empty())
    throw sql::invalid_query("The sandbox cannot run queries of tables: it "
                             "keeps no rows with --store=none");
  if (!dry)
    collect(plan, result);
  return result;
}

void query_engine::collect(const sql::query_plan& plan, query_result& into) {
  turn mine{running_};
  patience until{clock::now() + limits_.time, stopping_};
  sql::query_tables tables{rows_, plan.sources};
  auto db = open();
  sql::add_runtime(db.get());
  tables.add_to(db.get());
  sqlite3_set_authorizer(db.get(), authorize, nullptr);
  sqlite3_progress_handler(db.get(), steps_between_looks, look, &until);
  auto rows = prepare(db.get(), plan);
  for (;;) {
    auto code = sqlite3_step(rows.get());
    if (code == SQLITE_DONE)
      return;
    if (code == SQLITE_INTERRUPT)
      throw out_of_resources("the sandbox ends a query after "
                             + std::to_string(limits_.time.count()) + " ms.");
    if (code == SQLITE_TOOBIG || code == SQLITE_NOMEM || code == SQLITE_FULL
        || code == SQLITE_IOERR)
      throw out_of_resources(sqlite3_errmsg(db.get()));
    if (code != SQLITE_ROW)
      throw sql::invalid_query(sqlite3_errmsg(db.get()));
    into.rows.push_back(row_of(into, plan, rows.get()));
    into.bytes += into.rows.back().size() + sizeof(std::string);
    if (into.bytes > limits_.result_bytes)
      throw too_large();
  }
}

void query_engine::stop() {
  stopping_ = true;
}

} // namespace bqs::sandbox
