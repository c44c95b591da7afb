#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include <caf/scoped_actor.hpp>

#include "bqstreamer/block_builder.hpp"
#include "bqstreamer/producer.hpp"

namespace bqs::app {

/// Sends rows through a PRODUCER, from a thread that is no actor: row by row
/// those of one table, or packed ones of any table, but not both. Never runs
/// ahead of the node: at most two pushes wait for their reply, then `add`
/// waits.
class transfer {
public:
  /// Hears what became of rows; each row comes once.
  using listener = std::function<void(const settlement&)>;
  /// Asked while a call waits, many times a second: whether to go on waiting.
  using patience = std::function<bool()>;

  /// Hears of the connection, if the producer has one of its own.
  struct observer {
    std::function<void(const connected&)> on_connected;
    std::function<void(const bqs::lost&)> on_lost;
  };
  using maker = std::function<producer_actor(producer_options)>;

  /// @param make spawns the producer
  transfer(caf::actor_system& sys, const maker& make, table_ref table,
           listener on_settled, patience go_on, observer watch = {});

  /// Ends the producer, whatever it still holds.
  ~transfer();

  transfer(const transfer&) = delete;
  transfer& operator=(const transfer&) = delete;

  /// Adds a row. Rows are numbered from 0 as they are added.
  void add(std::string_view json, std::string_view insert_id = {});

  /// Sends what was added so far.
  void flush();

  /// Sends rows that are packed already, numbered by the caller from `first`.
  void push_rows(const table_ref& table,
                 std::shared_ptr<const block_bytes> rows, std::uint64_t first);

  /// Hears what has arrived; waits for the first message up to `most`.
  void listen(std::chrono::milliseconds most);

  /// Sends what was added and waits until every row is settled, or patience or
  /// the producer ends.
  void finish();

  /// Whether the producer has given up its node. What is added now fails.
  bool lost() const noexcept {
    return lost_;
  }

  /// Whether nothing will be heard any more of rows that are not settled.
  bool ended() const noexcept {
    return lost_ || closed_;
  }

private:
  bool receive_one(std::chrono::milliseconds most);

  caf::scoped_actor self_;
  producer_actor producer_;
  table_ref table_;
  listener on_settled_;
  patience go_on_;
  observer watch_;
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
