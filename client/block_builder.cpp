#include "bqstreamer/block_builder.hpp"

#include <utility>

#include <nlohmann/json.hpp>

namespace bqs {

void block_builder::add(std::string_view json, std::string_view insert_id) {
  auto& b = bytes_;
  if (b.ends.empty())
    reserve();
  b.json.append(json);
  b.ends.push_back(static_cast<std::uint32_t>(b.json.size()));
  if (!insert_id.empty() || !b.id_ends.empty()) {
    // Rows before the first one that has an id get an empty one.
    b.id_ends.resize(b.ends.size() - 1,
                     static_cast<std::uint32_t>(b.ids.size()));
    b.ids.append(insert_id);
    b.id_ends.push_back(static_cast<std::uint32_t>(b.ids.size()));
  }
}

void block_builder::add_value(const nlohmann::json& row,
                              std::string_view insert_id) {
  using handler = nlohmann::json::error_handler_t;
  add(std::string_view{row.dump(-1, ' ', false, handler::replace)}, insert_id);
}

/// Not before there is a row: an idle builder needs no memory.
void block_builder::reserve() {
  auto room = [](std::size_t x) { return x + x / 16; };
  bytes_.ends.reserve(room(last_.rows));
  bytes_.json.reserve(room(last_.json));
  bytes_.id_ends.reserve(room(last_.id_rows));
  bytes_.ids.reserve(room(last_.ids));
}

std::shared_ptr<const block_bytes> block_builder::take_rows() {
  last_ = {bytes_.ends.size(), bytes_.json.size(), bytes_.id_ends.size(),
           bytes_.ids.size()};
  return std::make_shared<const block_bytes>(std::exchange(bytes_, {}));
}

block block_builder::finish(const stream_id& stream, std::uint64_t first,
                            table_ref table) {
  return {stream, first, std::move(table), take_rows(), {}};
}

} // namespace bqs
