#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string_view>

#include <caf/scoped_actor.hpp>

#include "actors/block_builder.hpp"
#include "actors/producer.hpp"

namespace bqs::app {

/// Sends the rows of one table through a PRODUCER, from a thread that is no
/// actor. Never runs ahead of the node: at most two pushes wait for their
/// reply, then `add` waits.
class transfer {
public:
  /// Hears what became of rows; each row comes once.
  using listener = std::function<void(const settlement&)>;
  /// Asked while a call waits, many times a second: whether to go on waiting.
  using patience = std::function<bool()>;

  transfer(caf::actor_system& sys, const node_actor& node, table_ref table,
           listener on_settled, patience go_on);

  /// Ends the producer, whatever it still holds.
  ~transfer();

  transfer(const transfer&) = delete;
  transfer& operator=(const transfer&) = delete;

  /// Adds a row. Rows are numbered from 0 as they are added.
  void add(std::string_view json, std::string_view insert_id = {});

  /// Sends what was added so far.
  void flush();

  /// Hears what has arrived; waits for the first message up to `most`.
  void listen(std::chrono::milliseconds most);

  /// Sends what was added and waits until every row is settled, or patience or
  /// the producer ends.
  void finish();

  /// Whether the node has gone. What is added now fails.
  bool lost() const noexcept {
    return lost_;
  }

private:
  bool receive_one(std::chrono::milliseconds most);

  caf::scoped_actor self_;
  node_actor node_;
  producer_actor producer_;
  table_ref table_;
  listener on_settled_;
  patience go_on_;
  block_builder rows_;
  /// Number of the first row in `rows_`.
  std::uint64_t first_ = 0;
  /// Pushes without a reply.
  std::uint32_t waiting_ = 0;
  bool lost_ = false;
  /// The producer has settled all, or is gone.
  bool closed_ = false;
};

} // namespace bqs::app
