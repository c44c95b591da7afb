#include "sandbox/table_history.hpp"

#include <algorithm>

namespace bqs::sandbox {

namespace {

constexpr std::size_t most_names = 100'000;
constexpr std::size_t most_versions = 8;

} // namespace

void table_history::created(const std::string& dataset,
                            const std::string& table, time_point now) {
  std::lock_guard guard{mutex_};
  auto& x = entry_of(dataset + "." + table);
  x.made = birth{now, x.deleted};
  x.deleted = false;
}

void table_history::changed(table_ptr before, time_point now) {
  std::lock_guard guard{mutex_};
  auto& x = entry_of(before->dataset + "." + before->table);
  x.past.push_back({std::move(before), now});
  if (x.past.size() > most_versions)
    x.past.pop_front();
}

void table_history::deleted(const std::string& dataset,
                            const std::string& table) {
  std::lock_guard guard{mutex_};
  auto& x = entry_of(dataset + "." + table);
  x.made.reset();
  x.deleted = true;
  x.past.clear();
}

std::optional<table_history::birth>
table_history::find(const std::string& name) const {
  std::lock_guard guard{mutex_};
  auto i = entries_.find(name);
  return i == entries_.end() ? std::nullopt : i->second.made;
}

table_ptr table_history::at(const std::string& name, time_point moment) const {
  std::lock_guard guard{mutex_};
  auto i = entries_.find(name);
  if (i == entries_.end())
    return nullptr;
  auto& past = i->second.past;
  auto known = std::find_if(past.begin(), past.end(),
                            [&](auto& x) { return x.until > moment; });
  return known == past.end() ? nullptr : known->what;
}

table_history::entry& table_history::entry_of(const std::string& name) {
  auto i = entries_.find(name);
  if (i != entries_.end())
    return i->second;
  if (entries_.size() >= most_names) // whichever: only faults ask
    entries_.erase(entries_.begin());
  return entries_[name];
}

} // namespace bqs::sandbox
