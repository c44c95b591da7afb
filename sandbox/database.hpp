#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace bqs::sandbox {

/// A prepared statement. One thread at a time.
class statement {
public:
  explicit statement(sqlite3_stmt* raw);

  /// Binds the parameter at `index`, from 1. Texts must outlive the next
  /// `step`.
  statement& bind(int index, std::string_view x);
  statement& bind(int index, std::int64_t x);
  statement& bind_null(int index);

  /// Goes to the next row; false at the end. @throws std::runtime_error
  bool step();

  /// Makes it ready to run again.
  void reset();

  /// Runs it to its end and resets it. @throws std::runtime_error
  void run();

  std::string_view text(int column) const;
  std::int64_t integer(int column) const;
  bool is_null(int column) const;

private:
  struct closer {
    void operator()(sqlite3_stmt* x) const noexcept;
  };
  std::unique_ptr<sqlite3_stmt, closer> raw_;
};

/// A connection to one SQLite file. One thread at a time; failures are
/// `std::runtime_error`s with one line.
class database {
public:
  enum class mode : std::uint8_t { create, read_only };

  database(const std::string& path, mode how);

  void execute(const std::string& sql);
  statement prepare(const std::string& sql);

private:
  struct closer {
    void operator()(sqlite3* x) const noexcept;
  };
  std::unique_ptr<sqlite3, closer> raw_;
};

/// Begins a transaction and takes it back unless `commit` is reached.
class transaction {
public:
  explicit transaction(database& db);
  ~transaction();
  transaction(const transaction&) = delete;
  transaction& operator=(const transaction&) = delete;

  void commit();

private:
  database& db_;
  bool open_ = true;
};

/// Returns `x` as an SQL identifier, in double quotes.
std::string quote_identifier(std::string_view x);

} // namespace bqs::sandbox
