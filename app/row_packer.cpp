#include "app/row_packer.hpp"

#include <utility>

namespace bqs::app {

row_packer::row_packer(const packer_limits& limits, consumer consume)
  : limits_(limits), consume_(std::move(consume)) {
  // nop
}

bool row_packer::add(std::string_view table, std::string_view json,
                     std::string_view insert_id, const row_origin& origin) {
  auto size = json.size() + insert_id.size();
  auto i = find_lane(table, size);
  if (i == open_.end()) {
    auto known = parse_table(table);
    if (!known)
      return false;
    i = open_lane(table, size, *known);
  }
  put(i, json, insert_id, origin);
  return true;
}

void row_packer::add(std::string_view name, const table_ref& table,
                     std::string_view json, std::string_view insert_id,
                     const row_origin& origin) {
  auto size = json.size() + insert_id.size();
  auto i = find_lane(name, size);
  if (i == open_.end())
    i = open_lane(name, size, table);
  put(i, json, insert_id, origin);
}

row_packer::lanes::iterator row_packer::find_lane(std::string_view name,
                                                  std::size_t size) {
  auto i = open_.find(name);
  if (i != open_.end() && i->second.rows.size() + size > limits_.parcel_bytes) {
    pass_on(i);
    i = open_.end();
  }
  return i;
}

row_packer::lanes::iterator row_packer::open_lane(std::string_view name,
                                                  std::size_t size,
                                                  const table_ref& table) {
  if (open_.size() >= limits_.tables || bytes_ + size > limits_.bytes)
    flush();
  return open_.emplace(std::string{name}, lane{table, {}, {}}).first;
}

void row_packer::put(lanes::iterator i, std::string_view json,
                     std::string_view insert_id, const row_origin& origin) {
  i->second.rows.add(json, insert_id);
  i->second.origins.add(origin);
  bytes_ += json.size() + insert_id.size();
  if (i->second.rows.rows() >= limits_.parcel_rows)
    pass_on(i);
  if (bytes_ > limits_.bytes)
    flush();
}

void row_packer::flush() {
  while (!open_.empty())
    pass_on(open_.begin());
}

void row_packer::visit(const std::function<void(const row_origin&)>& f) const {
  for (auto& [name, x] : open_)
    x.origins.visit(f);
}

void row_packer::pass_on(lanes::iterator i) {
  // Gone before it is passed on: that may take long and look in here.
  auto node = open_.extract(i);
  auto& x = node.mapped();
  parcel result;
  result.name = std::move(node.key());
  result.table = std::move(x.table);
  result.bytes = x.rows.size();
  result.rows = x.rows.take_rows();
  result.origins = std::move(x.origins);
  bytes_ -= result.bytes;
  consume_(std::move(result));
}

} // namespace bqs::app
