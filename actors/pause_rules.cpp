#include "actors/pause_rules.hpp"

#include <algorithm>

namespace bqs {

pause_rules::pause_rules(std::string project) : project_(std::move(project)) {
  // nop
}

bool pause_rules::pause(const caf::optional<table_ref>& table) {
  return set(table, true);
}

bool pause_rules::resume(const caf::optional<table_ref>& table) {
  return set(table, false);
}

bool pause_rules::covers(const table_ref& table) const {
  auto last = std::find_if(rules_.rbegin(), rules_.rend(), [&](auto& x) {
    return names(x.first, table, project_);
  });
  return last == rules_.rend() ? all_ : last->second;
}

std::vector<table_ref> pause_rules::exceptions() const {
  std::vector<table_ref> result;
  for (auto& [table, paused] : rules_)
    if (paused != all_)
      result.push_back(table);
  return result;
}

bool pause_rules::set(const caf::optional<table_ref>& table, bool paused) {
  if (!table) {
    all_ = paused;
    rules_.clear();
    return true;
  }
  std::erase_if(rules_, [&](auto& x) { return x.first == *table; });
  if (covers(*table) == paused)
    return true;
  if (rules_.size() >= most)
    return false;
  rules_.emplace_back(*table, paused);
  return true;
}

} // namespace bqs
