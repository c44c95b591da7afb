#include "sandbox/store.hpp"

#include <algorithm>
#include <filesystem>

#include "sandbox/lower.hpp"

namespace bqs::sandbox {

std::string database_file(const std::string& data) {
  return (std::filesystem::path{data} / "sandbox.db").string();
}

store::store(const std::string& data)
  : lock_(data), db_(data.empty() ? ":memory:" : database_file(data),
                     database::mode::create) {
  // With a write-ahead log, NORMAL keeps what is committed over the death of
  // the process, and only a power cut can take the last commits back.
  db_.execute("PRAGMA page_size = 8192;"
              "PRAGMA journal_mode = WAL;"
              "PRAGMA synchronous = NORMAL;"
              "PRAGMA secure_delete = OFF;"
              "PRAGMA wal_autocheckpoint = 4000;"
              "PRAGMA cache_size = -65536;"
              "CREATE TABLE IF NOT EXISTS sandbox_datasets ("
              "  dataset TEXT PRIMARY KEY, resource TEXT NOT NULL);"
              "CREATE TABLE IF NOT EXISTS sandbox_tables ("
              "  dataset TEXT NOT NULL, table_id TEXT NOT NULL,"
              "  resource TEXT NOT NULL, rows_table TEXT NOT NULL,"
              "  PRIMARY KEY (dataset, table_id));");
}

std::vector<document> store::load() {
  std::lock_guard guard{mutex_};
  std::vector<document> result;
  auto datasets = db_.prepare("SELECT dataset, resource FROM sandbox_datasets");
  while (datasets.step())
    result.push_back(
      {std::string{datasets.text(0)}, "", std::string{datasets.text(1)}, ""});
  auto tables = db_.prepare(
    "SELECT dataset, table_id, resource, rows_table FROM sandbox_tables");
  while (tables.step())
    result.push_back({std::string{tables.text(0)}, std::string{tables.text(1)},
                      std::string{tables.text(2)},
                      std::string{tables.text(3)}});
  return result;
}

void store::put_dataset(const std::string& dataset, const std::string& json) {
  std::lock_guard guard{mutex_};
  db_.prepare("INSERT OR REPLACE INTO sandbox_datasets VALUES (?, ?)")
    .bind(1, dataset)
    .bind(2, json)
    .run();
}

void store::drop_dataset(const std::string& dataset) {
  std::lock_guard guard{mutex_};
  transaction all{db_};
  std::vector<std::string> names;
  {
    auto tables
      = db_.prepare("SELECT rows_table FROM sandbox_tables WHERE dataset = ?");
    tables.bind(1, dataset);
    while (tables.step())
      names.emplace_back(tables.text(0));
  }
  for (auto& name : names) {
    forget(name);
    db_.execute("DROP TABLE IF EXISTS " + quote_identifier(name));
  }
  db_.prepare("DELETE FROM sandbox_tables WHERE dataset = ?")
    .bind(1, dataset)
    .run();
  db_.prepare("DELETE FROM sandbox_datasets WHERE dataset = ?")
    .bind(1, dataset)
    .run();
  all.commit();
}

std::string store::put_table(const std::string& dataset,
                             const std::string& table,
                             const std::string& json) {
  std::lock_guard guard{mutex_};
  transaction all{db_};
  std::string name;
  {
    auto known = db_.prepare("SELECT rows_table FROM sandbox_tables "
                             "WHERE dataset = ? AND table_id = ?");
    known.bind(1, dataset).bind(2, table);
    if (known.step())
      name = known.text(0);
  }
  if (name.empty()) {
    name = free_name(dataset + "." + table);
    db_.execute("CREATE TABLE " + quote_identifier(name)
                + " (seq INTEGER PRIMARY KEY, insert_id TEXT,"
                  " inserted INTEGER NOT NULL, row TEXT NOT NULL)");
  }
  db_.prepare("INSERT OR REPLACE INTO sandbox_tables VALUES (?, ?, ?, ?)")
    .bind(1, dataset)
    .bind(2, table)
    .bind(3, json)
    .bind(4, name)
    .run();
  all.commit();
  return name;
}

void store::drop_table(const std::string& dataset, const std::string& table) {
  std::lock_guard guard{mutex_};
  transaction all{db_};
  std::string name;
  {
    auto known = db_.prepare("SELECT rows_table FROM sandbox_tables "
                             "WHERE dataset = ? AND table_id = ?");
    known.bind(1, dataset).bind(2, table);
    if (!known.step())
      return;
    name = known.text(0);
  }
  forget(name);
  db_.execute("DROP TABLE IF EXISTS " + quote_identifier(name));
  db_.prepare("DELETE FROM sandbox_tables WHERE dataset = ? AND table_id = ?")
    .bind(1, dataset)
    .bind(2, table)
    .run();
  all.commit();
}

bool store::append(const std::string& rows_table, std::span<const new_row> rows,
                   std::int64_t now_millis) {
  std::lock_guard guard{mutex_};
  auto found = inserts_.find(rows_table);
  if (found == inserts_.end()) {
    if (!exists(rows_table))
      return false;
    auto sql = "INSERT INTO " + quote_identifier(rows_table)
               + " (insert_id, inserted, row) VALUES (?, ?, ?)";
    found = inserts_.emplace(rows_table, db_.prepare(sql)).first;
  }
  auto& insert = found->second;
  auto& size = known_size(rows_table);
  std::uint64_t bytes = 0;
  transaction all{db_};
  insert.bind(2, now_millis);
  for (auto& row : rows) {
    if (row.insert_id.data() == nullptr)
      insert.bind_null(1);
    else
      insert.bind(1, row.insert_id);
    insert.bind(3, row.json).run();
    bytes += row.json.size();
  }
  all.commit();
  size.rows += rows.size();
  size.bytes += bytes;
  return true;
}

void store::read(const std::string& rows_table, std::int64_t seq,
                 std::uint64_t offset,
                 const std::function<bool(std::int64_t, std::string_view)>& f) {
  std::lock_guard guard{mutex_};
  if (!exists(rows_table))
    return;
  auto rows = db_.prepare("SELECT seq, row FROM " + quote_identifier(rows_table)
                          + " WHERE seq > ? ORDER BY seq LIMIT -1 OFFSET ?");
  constexpr auto most = std::uint64_t{1} << 62;
  rows.bind(1, seq).bind(2, static_cast<std::int64_t>(std::min(offset, most)));
  while (rows.step())
    if (!f(rows.integer(0), rows.text(1)))
      return;
}

table_size store::size(const std::string& rows_table) {
  std::lock_guard guard{mutex_};
  return exists(rows_table) ? known_size(rows_table) : table_size{};
}

std::uint64_t store::count(const std::string& rows_table) {
  std::lock_guard guard{mutex_};
  if (!exists(rows_table))
    return 0;
  auto rows
    = db_.prepare("SELECT COUNT(*) FROM " + quote_identifier(rows_table));
  rows.step();
  return static_cast<std::uint64_t>(rows.integer(0));
}

bool store::exists(const std::string& rows_table) {
  auto found = db_.prepare(
    "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?");
  return found.bind(1, rows_table).step();
}

std::string store::free_name(const std::string& wanted) {
  // SQLite keeps this prefix to itself.
  auto base = wanted;
  if (lower(wanted.substr(0, 7)) == "sqlite_")
    base = "~" + base;
  auto taken
    = db_.prepare("SELECT 1 FROM sqlite_master WHERE name = ? COLLATE NOCASE");
  auto name = base;
  for (auto i = 2; taken.bind(1, name).step(); ++i) {
    taken.reset();
    name = base + "~" + std::to_string(i);
  }
  return name;
}

table_size& store::known_size(const std::string& rows_table) {
  auto known = sizes_.find(rows_table);
  if (known != sizes_.end())
    return known->second;
  auto rows = db_.prepare(
    "SELECT COUNT(*), COALESCE(SUM(LENGTH(CAST(row AS BLOB))), 0) FROM "
    + quote_identifier(rows_table));
  rows.step();
  table_size size{static_cast<std::uint64_t>(rows.integer(0)),
                  static_cast<std::uint64_t>(rows.integer(1))};
  return sizes_.emplace(rows_table, size).first->second;
}

void store::forget(const std::string& rows_table) {
  inserts_.erase(rows_table);
  sizes_.erase(rows_table);
}

} // namespace bqs::sandbox
