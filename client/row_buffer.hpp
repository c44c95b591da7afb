#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>

#include <caf/actor_control_block.hpp>
#include <caf/allowed_unsafe_message_type.hpp>

#include "bqstreamer/block_builder.hpp"

namespace bqs {

/// What an appender and its producer share.
struct row_buffer {
  const table_ref table;
  const caf::strong_actor_ptr owner;
  const std::size_t most_bytes;

  std::mutex guard;
  block_builder rows;
  /// Of the first row in `rows`.
  std::uint64_t tag = 0;
  /// The producer knows that there are rows …
  bool announced = false;
  /// … and that they are enough for a block.
  bool urgent = false;
};

} // namespace bqs
