#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <caf/all.hpp>

#include "actors/internal.hpp"
#include "bqstreamer/block_builder.hpp"
#include "bqstreamer/config.hpp"

#define FAIL CAF_FAIL // dsl.hpp of CAF 0.17.6 uses FAIL without defining it
#include <caf/test/dsl.hpp>

namespace bqs::test {

using namespace std::chrono_literals;

/// Knows the messages of the protocol, as every node does.
struct configuration : caf::actor_system_config {
  configuration() {
    add_node_messages(*this);
  }
};

/// A stream whose bytes are all `x`.
inline stream_id make_stream(std::uint8_t x) {
  stream_id result;
  result.bytes.fill(x);
  return result;
}

/// Text of row `number` in the blocks below.
inline std::string row_text(std::uint64_t number) {
  return "{\"n\":" + std::to_string(number) + "}";
}

/// Rows `first` up to `first + rows` of a stream.
inline block make_block(std::uint64_t first, std::uint32_t rows,
                        const std::string& table = "shop.events",
                        std::uint8_t stream = 1) {
  block_builder b;
  for (std::uint32_t i = 0; i < rows; ++i)
    b.add(std::string_view{row_text(first + i)});
  return b.finish(make_stream(stream), first, *parse_table(table));
}

/// Texts of the rows of a batch.
inline std::vector<std::string> texts_of(const batch& x) {
  std::vector<std::string> result;
  for (auto& y : x.slices)
    for (auto i = y.rows.from; i < y.rows.to; ++i)
      result.emplace_back(y.source->rows.bytes->row(i));
  return result;
}

/// What an actor outside the node has got.
struct inbox {
  std::vector<admission> admissions;
  std::vector<receipt> receipts;
  std::vector<standing> standings;
  std::vector<reply> replies;
  std::vector<failures> told;
  std::vector<std::uint64_t> missed_rows;
  std::vector<state_change> changes;
  std::vector<status> states;
  /// Says that receipts have arrived.
  bool acknowledge = true;
};

/// A sender and subscriber. Speak for it with `caf::send_as`.
inline caf::behavior client(caf::event_based_actor* self,
                            std::shared_ptr<inbox> box) {
  self->set_default_handler(caf::drop);
  self->set_error_handler([](caf::scheduled_actor*, caf::error&) {
    // The answer to a message that the node does not know.
  });
  auto ack = [self](auto what) {
    self->send(caf::actor_cast<caf::actor>(self->current_sender()),
               std::move(what));
  };
  return {
    [box](const admission& x) { box->admissions.push_back(x); },
    [box, ack](const receipt& x) {
      box->receipts.push_back(x);
      if (box->acknowledge)
        ack(receipts_ack{1});
    },
    [box](const standing& x) { box->standings.push_back(x); },
    [box](const reply& x) { box->replies.push_back(x); },
    [box](const failures& x) { box->told.push_back(x); },
    [box](const missed& x) { box->missed_rows.push_back(x.rows); },
    [box](const state_change& x) { box->changes.push_back(x); },
    [box](const status& x) { box->states.push_back(x); },
  };
}

/// One node whose messages and clock move only when the test says so.
struct deterministic : test_coordinator_fixture<configuration> {
  /// Ends what the test spawned: a re-armed timer would never let go.
  ~deterministic() override {
    for (auto& x : spawned)
      self->send_exit(x, caf::exit_reason::kill);
  }

  /// Spawns an actor that ends with the test, and lets it initialise.
  template <class F, class... Ts>
  auto start(F f, Ts&&... xs) {
    return adopt(sys.spawn(f, std::forward<Ts>(xs)...));
  }

  /// Ends `handle` with the test, and lets it initialise.
  template <class Handle>
  Handle adopt(Handle handle) {
    spawned.push_back(caf::actor_cast<caf::actor>(handle));
    consume_messages();
    return handle;
  }

  /// Lets time pass in small steps, since a timer that is set again by its
  /// handler fires once in each.
  void pass(std::chrono::milliseconds time,
            std::chrono::milliseconds step = 100ms) {
    while (time > 0ms) {
      auto next = std::min(time, step);
      advance_time(next);
      consume_messages();
      time -= next;
    }
  }

  /// Asks an actor and returns its answer. Unlike `request` of the base it
  /// fires no timers.
  template <class T, class Handle, class... Ts>
  T call(const Handle& whom, Ts&&... xs) {
    auto pending = self->request(whom, caf::infinite, std::forward<Ts>(xs)...);
    consume_messages();
    T result;
    pending.receive([&](T& x) { result = std::move(x); },
                    [&](caf::error& err) { CAF_FAIL(sys.render(err)); });
    return result;
  }

  /// Sends as `from`, which gets the answer as a message.
  template <class Handle, class... Ts>
  void say(const caf::actor& from, const Handle& to, Ts&&... xs) {
    caf::send_as(from, to, std::forward<Ts>(xs)...);
    consume_messages();
  }

  /// Ends an actor as a crash does.
  template <class Handle>
  void crash(const Handle& x) {
    self->send_exit(x, caf::exit_reason::kill);
    consume_messages();
  }

  time_point now() {
    return sched.clock().now();
  }

  /// A block as a lane sees it.
  held_block_ptr hold(std::uint64_t number, block rows) {
    auto result = std::make_shared<held_block>();
    result->number = number;
    result->rows = std::move(rows);
    result->admitted = now();
    return result;
  }

  std::vector<caf::actor> spawned;
};

} // namespace bqs::test
