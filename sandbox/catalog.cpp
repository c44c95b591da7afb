#include "sandbox/catalog.hpp"

#include <mutex>
#include <stdexcept>

namespace bqs::sandbox {

catalog::catalog(store& rows) : rows_(rows) {
  for (auto& x : rows_.load()) {
    // The parser's own words would quote it.
    auto document = nlohmann::ordered_json::parse(x.json, nullptr, false);
    if (!document.is_object())
      throw std::runtime_error("what is stored of " + x.dataset
                               + (x.table.empty() ? "" : "." + x.table)
                               + " is not a JSON object");
    if (x.table.empty()) {
      shelves_[x.dataset].self = std::make_shared<dataset_entry>(
        dataset_entry{x.dataset, std::move(document)});
      continue;
    }
    auto schema = read_schema(document["schema"]["fields"]);
    if (auto words = std::get_if<std::string>(&schema))
      throw std::runtime_error("table " + x.dataset + "." + x.table + ": "
                               + *words);
    auto& columns_of = std::get<columns>(schema);
    auto parts = read_partitioning(document, columns_of);
    shelves_[x.dataset].tables[x.table] = std::make_shared<table_entry>(
      table_entry{x.dataset, x.table, std::move(document),
                  std::move(columns_of), x.rows_table, parts, 0});
  }
}

dataset_ptr catalog::find(const std::string& dataset) const {
  std::shared_lock guard{mutex_};
  auto i = shelves_.find(dataset);
  return i == shelves_.end() ? nullptr : i->second.self;
}

table_ptr catalog::find(const std::string& dataset,
                        const std::string& table) const {
  std::shared_lock guard{mutex_};
  auto i = shelves_.find(dataset);
  if (i == shelves_.end())
    return nullptr;
  auto j = i->second.tables.find(table);
  return j == i->second.tables.end() ? nullptr : j->second;
}

std::vector<dataset_ptr> catalog::datasets() const {
  std::shared_lock guard{mutex_};
  std::vector<dataset_ptr> result;
  for (auto& [name, x] : shelves_)
    result.push_back(x.self);
  return result;
}

std::vector<table_ptr> catalog::tables(const std::string& dataset) const {
  std::shared_lock guard{mutex_};
  std::vector<table_ptr> result;
  auto i = shelves_.find(dataset);
  if (i != shelves_.end())
    for (auto& [name, x] : i->second.tables)
      result.push_back(x);
  return result;
}

void catalog::put(dataset_entry x) {
  rows_.put_dataset(x.dataset, x.document.dump());
  std::unique_lock guard{mutex_};
  auto& place = shelves_[x.dataset];
  place.self = std::make_shared<dataset_entry>(std::move(x));
}

table_ptr catalog::put(table_entry x) {
  x.rows_table = rows_.put_table(x.dataset, x.table, x.document.dump());
  auto fresh = std::make_shared<table_entry>(std::move(x));
  std::unique_lock guard{mutex_};
  shelves_[fresh->dataset].tables[fresh->table] = fresh;
  return fresh;
}

void catalog::remove(const std::string& dataset) {
  rows_.drop_dataset(dataset);
  std::unique_lock guard{mutex_};
  shelves_.erase(dataset);
}

void catalog::remove(const std::string& dataset, const std::string& table) {
  rows_.drop_table(dataset, table);
  std::unique_lock guard{mutex_};
  auto i = shelves_.find(dataset);
  if (i != shelves_.end())
    i->second.tables.erase(table);
}

} // namespace bqs::sandbox
