#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bqstreamer/producer.hpp"
#include "client/producer_state.hpp"
#include "tests/fixture.hpp"

namespace bqs::test {

/// What the stand-in for a node has got, and how it answers; not at all where
/// a function returns nothing.
struct node_state {
  std::vector<block> blocks;
  std::vector<ask> asks;
  std::uint32_t acks = 0;
  std::uint32_t ack_messages = 0;
  std::function<std::optional<admission_code>(const block&)> admit
    = [](const block&) { return admission_code::accepted; };
  std::function<std::optional<standing>(const ask&)> stands = [](const ask&) {
    return standing{standing_code::held, {}};
  };
};

inline caf::behavior stand_in(caf::event_based_actor* self,
                              std::shared_ptr<node_state> at) {
  return {
    [=](const block& x) -> caf::result<admission> {
      at->blocks.push_back(x);
      auto code = at->admit(x);
      if (!code)
        return self->make_response_promise<admission>();
      return admission{x.stream, x.first, x.rows(), *code,
                       1s,       2000,    "words",  {}};
    },
    [=](const ask& x) -> caf::result<standing> {
      at->asks.push_back(x);
      if (auto y = at->stands(x))
        return *y;
      return self->make_response_promise<standing>();
    },
    [=](const receipts_ack& x) {
      at->acks += x.count;
      ++at->ack_messages;
    },
  };
}

/// What a pusher has got.
struct results {
  std::vector<std::uint64_t> pushed_tags;
  std::vector<settlement> settlements;
  std::vector<producer_totals> totals;
};

inline caf::behavior pusher(std::shared_ptr<results> at) {
  return {
    [at](const pushed& x) { at->pushed_tags.push_back(x.tag); },
    [at](const settlement& x) { at->settlements.push_back(x); },
    [at](const producer_totals& x) { at->totals.push_back(x); },
  };
}

/// A producer, a node that it sends to, and two who push.
struct producer_fixture : deterministic {
  producer_fixture() {
    options.block_rows = 10;
    options.block_bytes = 10'000;
    options.window = 1u << 20;
    node = start(stand_in, far);
    a = start(pusher, of_a);
    b = start(pusher, of_b);
  }

  void open() {
    uut = adopt(
      spawn_producer(sys, caf::actor_cast<sender_actor>(node), options));
  }

  static caf::strong_actor_ptr pointer_to(const caf::actor& x) {
    return caf::actor_cast<caf::strong_actor_ptr>(x);
  }

  /// A producer whose connector is the test.
  void open_alone() {
    uut = start(producer, sender_actor{}, options);
  }

  void connect() {
    self->send(uut, connected{caf::actor_cast<node_actor>(node), {"earth", 1}});
    consume_messages();
  }

  void lose() {
    self->send(uut, lost{"gone", 1, 1s});
    consume_messages();
  }

  push make_push(std::uint64_t tag, std::uint32_t rows,
                 const std::string& table = "shop.events") {
    block_builder x;
    for (std::uint32_t i = 0; i < rows; ++i)
      x.add(std::string_view{row_text(tag + i)});
    return {*parse_table(table), x.take_rows(), tag};
  }

  void push_as(const caf::actor& who, std::uint64_t tag, std::uint32_t rows,
               const std::string& table = "shop.events") {
    say(who, uut, make_push(tag, rows, table));
  }

  receipt make_receipt(const block& x,
                       std::vector<failed_range> failures = {}) {
    receipt result;
    result.stream = x.stream;
    result.first = x.first;
    result.rows = x.rows();
    result.table = x.table;
    result.stored = x.rows();
    for (auto& y : failures)
      result.stored -= y.rows;
    if (!failures.empty())
      result.reasons.push_back({"invalid", "no", "f", 200, false});
    result.failures = std::move(failures);
    return result;
  }

  void settle(const block& x, std::vector<failed_range> failures = {}) {
    say(node, uut, make_receipt(x, std::move(failures)));
  }

  /// Rows of the blocks that have left.
  std::vector<std::uint32_t> sizes() const {
    std::vector<std::uint32_t> result;
    for (auto& x : far->blocks)
      result.push_back(x.rows());
    return result;
  }

  using sizes_type = std::vector<std::uint32_t>;

  producer_totals close() {
    say(b, uut, caf::close_atom_v);
    CAF_REQUIRE(!of_b->totals.empty());
    return of_b->totals.back();
  }

  producer_options options;
  std::shared_ptr<node_state> far = std::make_shared<node_state>();
  std::shared_ptr<results> of_a = std::make_shared<results>();
  std::shared_ptr<results> of_b = std::make_shared<results>();
  caf::actor node;
  caf::actor a;
  caf::actor b;
  producer_actor uut;
};

} // namespace bqs::test
