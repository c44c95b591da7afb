#include "actors/table_shares.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace bqs {

table_shares::table_shares(std::string project) : project_(std::move(project)) {
  // nop
}

std::size_t table_shares::limit(std::size_t free, bool well) noexcept {
  constexpr auto most = std::numeric_limits<std::size_t>::max();
  if (!well)
    return free / 3;
  return free > most / 3 ? most : free * 3;
}

bool table_shares::share::admits(std::size_t bytes,
                                 std::size_t free) const noexcept {
  auto now = held->bytes();
  auto most = limit(free, well);
  return now == 0 || (now <= most && bytes <= most - now);
}

table_shares::share& table_shares::of(const table_ref& table) {
  // With and without its project it is the same table.
  if (table.project.empty() || table.project != project_)
    return find(table);
  auto short_name = table;
  short_name.project.clear();
  return find(short_name);
}

table_shares::share& table_shares::find(const table_ref& table) {
  auto i = tables_.find(table);
  if (i != tables_.end())
    return i->second;
  if (tables_.size() >= sweep_at_)
    sweep();
  return tables_[table];
}

void table_shares::sweep() {
  // A meter that only this map has is charged with nothing.
  std::erase_if(tables_, [](auto& kvp) {
    return kvp.second.well && kvp.second.held.use_count() == 1;
  });
  sweep_at_ = std::max<std::size_t>(2 * tables_.size(), 1024);
}

} // namespace bqs
