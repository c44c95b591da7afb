#include "sandbox/database.hpp"

#include <stdexcept>

#include <sqlite3.h>

namespace bqs::sandbox {

namespace {

constexpr int busy_milliseconds = 5'000; // an outside program may hold a lock

void check(int code, sqlite3* db) {
  if (code != SQLITE_OK)
    throw std::runtime_error(std::string{"SQLite: "} + sqlite3_errmsg(db));
}

void check(int code, sqlite3_stmt* x) {
  check(code, sqlite3_db_handle(x));
}

} // namespace

void statement::closer::operator()(sqlite3_stmt* x) const noexcept {
  sqlite3_finalize(x);
}

statement::statement(sqlite3_stmt* raw) : raw_(raw) {
  // nop
}

statement& statement::bind(int index, std::string_view x) {
  // A null pointer would bind NULL.
  auto data = x.data() != nullptr ? x.data() : "";
  check(sqlite3_bind_text64(raw_.get(), index, data, x.size(), nullptr,
                            SQLITE_UTF8),
        raw_.get());
  return *this;
}

statement& statement::bind(int index, std::int64_t x) {
  check(sqlite3_bind_int64(raw_.get(), index, x), raw_.get());
  return *this;
}

statement& statement::bind_null(int index) {
  check(sqlite3_bind_null(raw_.get(), index), raw_.get());
  return *this;
}

bool statement::step() {
  auto code = sqlite3_step(raw_.get());
  if (code == SQLITE_ROW)
    return true;
  if (code == SQLITE_DONE)
    return false;
  auto words
    = std::string{"SQLite: "} + sqlite3_errmsg(sqlite3_db_handle(raw_.get()));
  sqlite3_reset(raw_.get());
  throw std::runtime_error(words);
}

void statement::reset() {
  sqlite3_reset(raw_.get());
}

void statement::run() {
  while (step()) {
    // nop
  }
  reset();
}

std::string_view statement::text(int column) const {
  auto data = static_cast<const char*>(sqlite3_column_blob(raw_.get(), column));
  auto size = sqlite3_column_bytes(raw_.get(), column);
  return data == nullptr
           ? std::string_view{}
           : std::string_view{data, static_cast<std::size_t>(size)};
}

std::int64_t statement::integer(int column) const {
  return sqlite3_column_int64(raw_.get(), column);
}

bool statement::is_null(int column) const {
  return sqlite3_column_type(raw_.get(), column) == SQLITE_NULL;
}

void database::closer::operator()(sqlite3* x) const noexcept {
  sqlite3_close_v2(x);
}

database::database(const std::string& path, mode how) {
  auto flags = how == mode::create ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
                                   : SQLITE_OPEN_READONLY;
  sqlite3* raw = nullptr;
  auto code
    = sqlite3_open_v2(path.c_str(), &raw, flags | SQLITE_OPEN_NOMUTEX, nullptr);
  raw_.reset(raw);
  check(code, raw);
  sqlite3_busy_timeout(raw, busy_milliseconds);
}

void database::execute(const std::string& sql) {
  check(sqlite3_exec(raw_.get(), sql.c_str(), nullptr, nullptr, nullptr),
        raw_.get());
}

statement database::prepare(const std::string& sql) {
  sqlite3_stmt* raw = nullptr;
  check(sqlite3_prepare_v3(raw_.get(), sql.c_str(), -1,
                           SQLITE_PREPARE_PERSISTENT, &raw, nullptr),
        raw_.get());
  return statement{raw};
}

transaction::transaction(database& db) : db_(db) {
  db_.execute("BEGIN IMMEDIATE");
}

transaction::~transaction() {
  if (!open_)
    return;
  try {
    db_.execute("ROLLBACK");
  } catch (const std::runtime_error&) {
    // SQLite took it back by itself, as it does when the disk is full.
  }
}

void transaction::commit() {
  db_.execute("COMMIT");
  open_ = false;
}

std::string quote_identifier(std::string_view x) {
  std::string result = "\"";
  for (auto c : x) {
    if (c == '"')
      result += '"';
    result += c;
  }
  return result + '"';
}

} // namespace bqs::sandbox
