#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "bqstreamer/block.hpp"

namespace bqs {

/// Packs rows into a block, row by row:
///
///     block_builder b;
///     b.add(R"({"name":"a"})");
///     b.add(nlohmann::json{{"name", "b"}}, "my-insert-id");
///     auto x = b.finish(my_stream, next_number, *parse_table("shop.events"));
///     next_number += x.rows();
///
/// Aim at 1 MiB; a node takes blocks up to its `budget.max-block-bytes`.
class block_builder {
public:
  /// Adds a row given as one JSON text. It is checked by the node, where it
  /// fails alone if it is bad. An empty `insert_id` means none: the node then
  /// derives one from stream and number.
  void add(std::string_view json, std::string_view insert_id = {});

  /// Adds a row given as a value; invalid UTF-8 in it becomes U+FFFD.
  /// A template, since a text would be convertible to a value, too.
  template <std::same_as<nlohmann::json> T>
  void add(const T& row, std::string_view insert_id = {}) {
    add_value(row, insert_id);
  }

  std::uint32_t rows() const noexcept {
    return bytes_.rows();
  }

  bool empty() const noexcept {
    return bytes_.ends.empty();
  }

  /// Bytes of JSON and insert ids so far.
  std::size_t size() const noexcept {
    return bytes_.json.size() + bytes_.ids.size();
  }

  /// Gives the rows away, for a `push`, and empties the builder.
  std::shared_ptr<const block_bytes> take_rows();

  /// Makes the block and empties the builder.
  block finish(const stream_id& stream, std::uint64_t first, table_ref table);

private:
  /// What a block holds, for the next one: it will hold about as much.
  struct sizes {
    std::size_t rows = 0;
    std::size_t json = 0;
    std::size_t id_rows = 0;
    std::size_t ids = 0;
  };

  void add_value(const nlohmann::json& row, std::string_view insert_id);
  void reserve();

  block_bytes bytes_;
  sizes last_;
};

} // namespace bqs
