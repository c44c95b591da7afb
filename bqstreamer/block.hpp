#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <caf/error.hpp>
#include <caf/fwd.hpp>
#include <caf/meta/load_callback.hpp>
#include <caf/meta/type_name.hpp>

#include "bqstreamer/stream_id.hpp"
#include "bqstreamer/table_ref.hpp"

namespace bqs {

/// Room for what later versions say: unknown keys are ignored, unless they
/// start with `!`, which makes the message malformed. On the wire as CAF writes
/// the map.
struct extras_map : std::map<std::string, std::string> {
  using map::map;

  /// A message with more is not read: in memory they take some twenty times
  /// what they take on the wire.
  static constexpr std::size_t most = 64;
};

caf::error inspect(caf::serializer& f, extras_map& x);
caf::error inspect(caf::deserializer& f, extras_map& x);

/// Returns whether `x` holds a key that must not be ignored and is unknown.
bool must_understand(const extras_map& x);

/// The rows of a block, as they came: never changed after the block is made.
struct block_bytes {
  /// JSON texts, one after the other.
  std::string json;
  /// Where each text ends in `json`.
  std::vector<std::uint32_t> ends;
  /// Insert ids, one after the other; an empty one stands for none.
  std::string ids;
  /// Where each id ends in `ids`. Empty: no row has an id of its own.
  std::vector<std::uint32_t> id_ends;

  std::uint32_t rows() const noexcept {
    return static_cast<std::uint32_t>(ends.size());
  }

  /// The JSON text of row `i`.
  std::string_view row(std::uint32_t i) const noexcept {
    auto begin = i == 0 ? 0 : ends[i - 1];
    return {json.data() + begin, ends[i] - begin};
  }

  /// The insert id of row `i` as its sender gave it; empty if it gave none.
  std::string_view id(std::uint32_t i) const noexcept {
    if (id_ends.empty())
      return {};
    auto begin = i == 0 ? 0 : id_ends[i - 1];
    return {ids.data() + begin, id_ends[i] - begin};
  }

  /// Bytes of JSON of the rows from `from` up to, not including, `to`.
  std::size_t json_bytes(std::uint32_t from, std::uint32_t to) const noexcept {
    return from == to ? 0 : ends[to - 1] - (from == 0 ? 0 : ends[from - 1]);
  }

  /// Bytes of insert ids of the rows from `from` up to `to`.
  std::size_t id_bytes(std::uint32_t from, std::uint32_t to) const noexcept {
    if (id_ends.empty() || from == to)
      return 0;
    return id_ends[to - 1] - (from == 0 ? 0 : id_ends[from - 1]);
  }

  friend bool operator==(const block_bytes&, const block_bytes&) = default;
};

/// Numbers of a block on the wire: the bytes are those that CAF makes of the
/// vector, but of all at once, and not of each by itself.
struct numbers_on_wire {
  std::vector<std::uint32_t>& all;
};

caf::error inspect(caf::serializer& f, numbers_on_wire& x);
caf::error inspect(caf::deserializer& f, numbers_on_wire& x);

/// Consecutive rows of one stream for one table, in one message. A handle:
/// copying it shares the bytes. Its identity is (stream, first, rows, table).
struct block {
  stream_id stream;
  /// Number of the first row in its stream.
  std::uint64_t first = 0;
  table_ref table;
  /// Never null once received.
  std::shared_ptr<const block_bytes> bytes;
  extras_map extras;

  std::uint32_t rows() const noexcept {
    return bytes ? bytes->rows() : 0;
  }

  friend bool operator==(const block& x, const block& y);

  /// Writes the shared bytes; within a process nothing is ever written.
  template <class Inspector>
  friend std::enable_if_t<Inspector::reads_state,
                          typename Inspector::result_type>
  inspect(Inspector& f, block& x) {
    static const block_bytes none;
    auto& b = const_cast<block_bytes&>(x.bytes ? *x.bytes : none);
    numbers_on_wire ends{b.ends};
    numbers_on_wire id_ends{b.id_ends};
    return f(caf::meta::type_name("bqs::block"), x.stream, x.first, x.table,
             b.json, ends, b.ids, id_ends, x.extras);
  }

  template <class Inspector>
  friend std::enable_if_t<Inspector::writes_state,
                          typename Inspector::result_type>
  inspect(Inspector& f, block& x) {
    auto fresh = std::make_shared<block_bytes>();
    numbers_on_wire ends{fresh->ends};
    numbers_on_wire id_ends{fresh->id_ends};
    auto adopt = [&] {
      x.bytes = fresh;
      return caf::error{};
    };
    return f(caf::meta::type_name("bqs::block"), x.stream, x.first, x.table,
             fresh->json, ends, fresh->ids, id_ends, x.extras,
             caf::meta::load_callback(adopt));
  }
};

/// Names the block; never shows a row.
std::string to_string(const block& x);

/// Memory that a block holds, in bytes: JSON, ends, ids, and a fixed overhead
/// for what the node keeps about it. The budget counts this.
std::size_t cost(const block& x) noexcept;

/// What `cost` adds for the block itself.
inline constexpr std::size_t block_overhead = 1024;

/// Returns what is wrong with the frame (ends ascending and inside, at least
/// one row, ids matching, names valid, extras understood), in one line, or an
/// empty text. Looks at no row.
std::string check_frame(const block& x);

} // namespace bqs
