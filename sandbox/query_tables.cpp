#include "sandbox/query_tables.hpp"

#include <charconv>
#include <cstring>
#include <memory>
#include <optional>
#include <stdexcept>

#include <nlohmann/json.hpp>
#include <sqlite3.h>

#include "sandbox/tape.hpp"
#include "sandbox/times.hpp"

namespace bqs::sandbox::sql {

namespace {

using json = nlohmann::ordered_json;
using entry = query_tables::entry;

// Of what is taken out of the store at once.
constexpr std::size_t chunk_rows = 1'000;
constexpr std::size_t chunk_bytes = 1u << 20;
constexpr std::size_t max_depth = 100;

struct table : sqlite3_vtab {
  explicit table(const entry& e) : sqlite3_vtab{}, self(e) {
    // nop
  }

  entry self;
};

/// Where a reader of a table is.
class cursor : public sqlite3_vtab_cursor {
public:
  explicit cursor(const entry& from) : sqlite3_vtab_cursor{}, from_(from) {
    // nop
  }

  void start() {
    seq_ = 0;
    read_ = 0;
    chunk_.clear();
    at_ = 0;
    fill();
  }

  void next() {
    if (++at_ == chunk_.size())
      fill();
  }

  bool done() const {
    return at_ == chunk_.size();
  }

  std::uint64_t number() const {
    return read_ - chunk_.size() + at_;
  }

  void show(sqlite3_context* to, std::size_t i) {
    auto& columns = from_.what->columns;
    if (i >= columns.size())
      return sqlite3_result_null(to);
    if (columns[i].raw)
      show_raw(to, columns[i]);
    else
      show_value(to, columns[i]);
  }

private:
  void fill() {
    chunk_.clear();
    at_ = 0;
    parsed_at_ = none;
    std::size_t bytes = 0;
    if (read_ == from_.size)
      return;
    from_.rows->read(from_.what->table->rows_table, seq_, 0,
                     [&](std::int64_t seq, std::string_view row) {
                       chunk_.emplace_back(row);
                       seq_ = seq;
                       bytes += row.size();
                       return ++read_ < from_.size && chunk_.size() < chunk_rows
                              && bytes < chunk_bytes;
                     });
    if (chunk_.empty())
      throw std::runtime_error("The table was deleted while it was read");
  }

  void parse() {
    if (parsed_at_ == at_)
      return;
    auto read = tape::parse(chunk_[at_], max_depth);
    if (!std::holds_alternative<tape>(read))
      throw std::runtime_error("A stored row is not JSON");
    row_.emplace(std::get<tape>(std::move(read)));
    parsed_at_ = at_;
  }

  void show_value(sqlite3_context* to, const source_column& x) {
    parse();
    auto found = std::optional{row_->root()};
    for (auto& name : x.path)
      if (found)
        found = found->is(json_kind::object) ? found->find(name) : std::nullopt;
    if (!found || found->is(json_kind::null))
      return sqlite3_result_null(to);
    auto text = found->text();
    switch (x.type) {
      case column_type::integer: {
        std::int64_t value = 0;
        std::from_chars(text.data(), text.data() + text.size(), value);
        return sqlite3_result_int64(to, value);
      }
      case column_type::floating: {
        if (found->is(json_kind::string))
          throw std::runtime_error("The sandbox cannot work with the NaN or "
                                   "the infinity in column "
                                   + x.path.back());
        double value = 0;
        std::from_chars(text.data(), text.data() + text.size(), value);
        return sqlite3_result_double(to, value);
      }
      case column_type::boolean:
        return sqlite3_result_int64(to, found->is(json_kind::yes) ? 1 : 0);
      case column_type::timestamp:
        return sqlite3_result_int64(to, read_timestamp(text).micros);
      default:
        // An empty text has no address, which would make it NULL.
        return sqlite3_result_text64(to, text.empty() ? "" : text.data(),
                                     text.size(), SQLITE_TRANSIENT,
                                     SQLITE_UTF8);
    }
  }

  void show_raw(sqlite3_context* to, const source_column& x) {
    auto row = json::parse(chunk_[at_], nullptr, false);
    if (!row.is_object())
      throw std::runtime_error("A stored row is not JSON");
    const json* at = &row;
    for (auto& name : x.path) {
      auto found = at->find(name);
      if (found == at->end() && x.repeated && &name == &x.path.back())
        return sqlite3_result_text(to, "[]", 2, SQLITE_STATIC);
      if (found == at->end() || found->is_null())
        return sqlite3_result_null(to);
      at = &*found;
    }
    auto text = at->dump();
    sqlite3_result_text64(to, text.data(), text.size(), SQLITE_TRANSIENT,
                          SQLITE_UTF8);
  }

  static constexpr std::size_t none = static_cast<std::size_t>(-1);

  entry from_;
  std::int64_t seq_ = 0;
  std::uint64_t read_ = 0;
  std::vector<std::string> chunk_;
  std::size_t at_ = 0;
  std::size_t parsed_at_ = none;
  std::optional<tape> row_;
};

/// Runs `f`; SQLite learns of exceptions by code and text.
template <class F>
int guarded(sqlite3_vtab* of, F f) {
  try {
    f();
    return SQLITE_OK;
  } catch (const std::exception& why) {
    sqlite3_free(of->zErrMsg);
    of->zErrMsg = sqlite3_mprintf("%s", why.what());
    return SQLITE_ERROR;
  }
}

int connect(sqlite3* db, void* all, int count, const char* const* words,
            sqlite3_vtab** out, char**) {
  std::size_t i = 0;
  if (count > 3)
    std::from_chars(words[3], words[3] + std::strlen(words[3]), i);
  auto& self = (*static_cast<std::vector<entry>*>(all))[i];
  std::string sql = "CREATE TABLE x(c0";
  for (std::size_t c = 1; c < self.what->columns.size(); ++c)
    sql += ",c" + std::to_string(c);
  auto code = sqlite3_declare_vtab(db, (sql + ")").c_str());
  if (code == SQLITE_OK)
    *out = std::make_unique<table>(self).release();
  return code;
}

int disconnect(sqlite3_vtab* x) {
  std::unique_ptr<table> end{static_cast<table*>(x)};
  return SQLITE_OK;
}

int best_index(sqlite3_vtab* x, sqlite3_index_info* out) {
  auto size = static_cast<table*>(x)->self.size;
  out->estimatedCost = 100.0 * static_cast<double>(size + 1);
  out->estimatedRows = static_cast<sqlite3_int64>(size) + 1;
  return SQLITE_OK;
}

int open(sqlite3_vtab* x, sqlite3_vtab_cursor** out) {
  return guarded(x, [&] {
    *out = std::make_unique<cursor>(static_cast<table*>(x)->self).release();
  });
}

int close(sqlite3_vtab_cursor* x) {
  std::unique_ptr<cursor> end{static_cast<cursor*>(x)};
  return SQLITE_OK;
}

int filter(sqlite3_vtab_cursor* x, int, const char*, int, sqlite3_value**) {
  return guarded(x->pVtab, [&] { static_cast<cursor*>(x)->start(); });
}

int next(sqlite3_vtab_cursor* x) {
  return guarded(x->pVtab, [&] { static_cast<cursor*>(x)->next(); });
}

int eof(sqlite3_vtab_cursor* x) {
  return static_cast<cursor*>(x)->done() ? 1 : 0;
}

int column(sqlite3_vtab_cursor* x, sqlite3_context* to, int i) {
  try {
    static_cast<cursor*>(x)->show(to, static_cast<std::size_t>(i));
    return SQLITE_OK;
  } catch (const std::exception& why) {
    sqlite3_result_error(to, why.what(), -1);
    return SQLITE_ERROR;
  }
}

int row_id(sqlite3_vtab_cursor* x, sqlite3_int64* out) {
  *out = static_cast<sqlite3_int64>(static_cast<cursor*>(x)->number());
  return SQLITE_OK;
}

sqlite3_module make_module() {
  sqlite3_module result{};
  result.xCreate = connect;
  result.xConnect = connect;
  result.xBestIndex = best_index;
  result.xDisconnect = disconnect;
  result.xDestroy = disconnect;
  result.xOpen = open;
  result.xClose = close;
  result.xFilter = filter;
  result.xNext = next;
  result.xEof = eof;
  result.xColumn = column;
  result.xRowid = row_id;
  return result;
}

const sqlite3_module module = make_module();

} // namespace

query_tables::query_tables(store& rows, const std::vector<source>& sources) {
  for (auto& x : sources)
    entries_.push_back({&rows, &x, rows.size(x.table->rows_table).rows});
}

void query_tables::add_to(sqlite3* db) {
  auto code = sqlite3_create_module(db, "rows", &module, &entries_);
  for (std::size_t i = 0; code == SQLITE_OK && i < entries_.size(); ++i) {
    auto n = std::to_string(i);
    std::string sql = "CREATE VIRTUAL TABLE t";
    sql.append(n).append(" USING rows(").append(n).append(")");
    code = sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr);
  }
  if (code != SQLITE_OK)
    throw std::runtime_error(std::string{"SQLite: "} + sqlite3_errmsg(db));
}

} // namespace bqs::sandbox::sql
