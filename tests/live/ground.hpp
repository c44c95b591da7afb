#pragma once

#include <cstdint>
#include <functional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "tests/live/arguments.hpp"
#include "tests/live/bill.hpp"
#include "tests/live/service.hpp"

namespace bqs::live {

/// How many rows there are, and how many different ones.
struct counted {
  std::uint64_t rows = 0;
  std::uint64_t different = 0;

  friend bool operator==(const counted&, const counted&) = default;

  friend std::ostream& operator<<(std::ostream& out, const counted& x) {
    return out << x.rows << " rows, " << x.different << " different ones";
  }
};

/// Asks now and then until it is so; gives up after the time in which the
/// service says that everything is known everywhere. Returns whether it is.
bool eventually(const std::function<bool()>& is_so);

/// A dataset of the service in which a run of the suite makes its tables, and
/// the only way from the suite to the service that is not by a node. All of its
/// functions throw std::runtime_error with one line.
class ground {
public:
  /// @param where project, dataset and a directory of the run's own: it has a
  ///        file in `tables/` for each table that is there
  explicit ground(const arguments& where);

  /// Deletes all that it has made.
  void clear();

  /// Makes a table that expires by itself within two hours, and waits until it
  /// takes rows.
  /// @param fields JSON, without the brackets
  /// @returns its name, which begins with the name of the run
  std::string make_table(const std::string& name, const std::string& fields);

  /// The same without waiting.
  std::string make_new_table(const std::string& name,
                             const std::string& fields);

  void change_table(const std::string& table, const std::string& fields);

  /// Waits until rows like this one fit the table wherever one asks. None is
  /// stored.
  void wait_until_takes(const std::string& table, const std::string& row);

  /// The values of the first row of a query's result.
  std::vector<std::string> query(const std::string& sql);

  /// Counts by SQL: those whose `id` begins with `prefix`.
  counted count(const std::string& table, const std::string& prefix = {});

  /// Sends a request with rows, without any node.
  http::answer insert(const std::string& table, std::string_view body,
                      const http::connection::headers& more = {});

  /// The name that a table of the run has.
  std::string name_of(const std::string& table) const {
    return prefix_ + table;
  }

  /// What senders call it.
  std::string address_of(const std::string& table) const {
    return dataset_ + "." + table;
  }

  const std::string& project() const noexcept {
    return project_;
  }

  const std::string& directory() const noexcept {
    return directory_;
  }

  const arguments& given() const noexcept {
    return given_;
  }

  /// Counts what is about to be sent. To be called before it is.
  /// @throws std::runtime_error if it would be more than was announced.
  void charge(const bill& more) {
    spent_.charge(more, most_of_a_run);
  }

  /// The same for rows, one a line.
  void charge_rows(std::string_view text);

  const bill& spent() const noexcept {
    return spent_;
  }

private:
  std::string path_of(const std::string& table) const;

  arguments given_;
  std::string project_;
  std::string dataset_;
  std::string directory_;
  std::string prefix_;
  service service_;
  bill spent_;
};

/// That of this run; `main` makes it.
ground& here();

/// Ends `here`, tells what it cost, and whether all tables are gone.
bool leave();

void enter(const arguments& where);

} // namespace bqs::live
