#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include <caf/actor_control_block.hpp>

#include "bqstreamer/producer.hpp"

namespace bqs {

struct row_buffer;

/// Takes the rows of one table one by one, for a PRODUCER, at the price of
/// appending them to a buffer that the producer empties:
///
///     bqs::appender events{producer, *bqs::parse_table("shop.events"), me};
///     if (!events.append(R"({"n":1})"))
///       …; // too much is waiting
///
/// From any thread. Copies append to the same buffer.
class appender {
public:
  /// @param owner gets a `settlement` for each row, the first one with the tag
  ///              0; nobody does if it is null
  /// @param most_bytes that wait in the buffer
  appender(producer_actor to, table_ref table,
           const caf::strong_actor_ptr& owner = nullptr,
           std::size_t most_bytes = 4u << 20);

  /// Takes a row given as one JSON text. While there is room it leaves after
  /// once or twice the producer's `block_age`. Returns false, the row not
  /// taken, if the buffer is full: the producer's window is, or the producer
  /// has ended. Rows that are appended after its end are settled by nobody.
  bool append(std::string_view json, std::string_view insert_id = {});

private:
  producer_actor to_;
  std::shared_ptr<row_buffer> rows_;
};

} // namespace bqs
