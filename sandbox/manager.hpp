#pragma once

#include <chrono>
#include <functional>
#include <mutex>
#include <string>

#include "sandbox/catalog.hpp"
#include "sandbox/errors.hpp"
#include "sandbox/message.hpp"
#include "sandbox/table_history.hpp"

namespace bqs::sandbox {

using time_source = std::function<std::chrono::system_clock::time_point()>;

/// The methods about datasets and tables. From any thread; a request that
/// cannot be granted throws a `refusal`.
class manager {
public:
  manager(catalog& all, store& rows, time_source clock, std::string project);

  reply list_projects() const;

  reply insert_dataset(const table_name& at, const request& x);
  reply get_dataset(const table_name& at);
  reply list_datasets(const table_name& at, const request& x);
  /// Changes the members that are given.
  reply patch_dataset(const table_name& at, const request& x);
  /// Replaces all members.
  reply update_dataset(const table_name& at, const request& x);
  reply delete_dataset(const table_name& at, const request& x);

  reply insert_table(const table_name& at, const request& x);
  reply get_table(const table_name& at, const request& x);
  reply list_tables(const table_name& at, const request& x);
  /// Changes the members that are given.
  reply patch_table(const table_name& at, const request& x);
  /// Replaces all members.
  reply update_table(const table_name& at, const request& x);
  reply delete_table(const table_name& at, const request& x);

  /// Returns the table; makes it and its dataset of these fields if missing.
  table_ptr ensure_table(const table_name& at, nlohmann::ordered_json fields);

  /// Returns the table `at` + `suffix`; makes it from `base` if missing.
  table_ptr ensure_from_template(const table_entry& base,
                                 const std::string& suffix);

  const table_history& history() const noexcept {
    return history_;
  }

private:
  using json = nlohmann::ordered_json;
  /// Returns what becomes of a document by a request's body.
  using merge = json (*)(json document, const json& body);

  reply change_dataset(const table_name& at, const request& x, merge how);
  reply change_table(const table_name& at, const request& x, merge how);
  std::string millis() const;
  void check_etag(const request& x, const json& document) const;
  dataset_ptr dataset(const table_name& at) const;
  table_ptr table(const table_name& at) const;
  void make_dataset(const std::string& name, json document);
  table_ptr make_table(const table_name& at, json document);
  json show(const table_name& at, const dataset_entry& x) const;
  json show(const table_name& at, const table_entry& x) const;

  catalog& all_;
  store& rows_;
  time_source clock_;
  std::string project_;
  table_history history_;
  /// One change at a time.
  std::mutex changes_;
  /// Guarded by `changes_`.
  std::uint64_t tables_made_ = 0;
};

} // namespace bqs::sandbox
