#define CAF_SUITE streamer

#include "actors/streamer.hpp"

#include "tests/fixture.hpp"

using namespace bqs;
using namespace bqs::internal;
using namespace std::chrono_literals;

namespace {

/// Looks when a message for it leaves its sender.
class spy : public caf::event_based_actor {
public:
  using super = caf::event_based_actor;

  spy(caf::actor_config& cfg, std::function<void()> look)
    : super(cfg), look_(std::move(look)) {
    // nop
  }

  using super::enqueue;

  void enqueue(caf::mailbox_element_ptr what,
               caf::execution_unit* where) override {
    look_();
    super::enqueue(std::move(what), where);
  }

protected:
  caf::behavior make_behavior() override {
    return {
      [](const ready&) {},
      [](const submission&) {},
      [](const decisions&) {},
    };
  }

private:
  std::function<void()> look_;
};

struct fixture : test::deterministic {
  fixture() {
    options.batch.rows = 10;
    options.batch.bytes = 10'000;
    options.batch.age = 1s;
    options.retry.base = 1s;
    options.retry.cap = 1s;
    auto supervisor = start([this](caf::event_based_actor*) -> caf::behavior {
      return {
        [this](const decisions& x) {
          ++messages;
          decided.insert(decided.end(), x.items.begin(), x.items.end());
        },
        [this](const lane_condition& x) { conditions.push_back(x); },
      };
    });
    init.supervisor = caf::actor_cast<supervisor_actor>(supervisor);
    auto dispatcher = start([this](caf::event_based_actor*) -> caf::behavior {
      return {
        [this](const ready& x) { wanted.push_back(x); },
        [this](const submission& x) { submitted.push_back(x); },
      };
    });
    init.dispatcher = caf::actor_cast<dispatcher_actor>(dispatcher);
    init.notes = std::make_shared<streamer_notes>();
    init.lane = 7;
    init.generation = 3;
  }

  void open() {
    init.options = std::make_shared<table_options>(options);
    uut = start(streamer, init);
  }

  /// Gives the lane a block of `rows` rows.
  held_block_ptr give(std::uint32_t rows, bool uncertain = false) {
    auto x = hold(++blocks, test::make_block(next_row, rows));
    next_row += rows;
    self->send(uut, assignment{x, {{0, rows}}, uncertain});
    consume_messages();
    return x;
  }

  /// Gives the lane a turn. Returns what it makes of it.
  batch_ptr take() {
    auto before = submitted.size();
    self->send(uut, turn{++turns});
    consume_messages();
    CAF_REQUIRE_EQUAL(submitted.size(), before + 1);
    auto& x = submitted.back();
    CAF_CHECK_EQUAL(x.lane, 7u);
    CAF_CHECK_EQUAL(x.generation, 3u);
    CAF_CHECK_EQUAL(x.turn, turns);
    return x.rows;
  }

  void answer(const batch_ptr& x, http::verdict verdict,
              http::cause cause = http::cause::none) {
    auto result = std::make_shared<batch_result>();
    result->number = x->number;
    result->unsent_from = x->rows;
    result->outcome.verdict = verdict;
    result->outcome.cause = cause;
    result->outcome.reason = "because";
    result->outcome.message = "of this";
    tell(std::move(result));
  }

  void tell(std::shared_ptr<const batch_result> x) {
    auto pending
      = self->request(uut, caf::infinite, job_result{7, std::move(x)});
    consume_messages();
    auto taken = false;
    pending.receive([&](caf::ok_atom) { taken = true; },
                    [&](caf::error& err) { CAF_FAIL(sys.render(err)); });
    CAF_CHECK(taken);
  }

  std::uint32_t rows_stored() const {
    std::uint32_t result = 0;
    for (auto& x : decided)
      result += x.stored ? x.rows.size() : 0;
    return result;
  }

  /// With decisions.
  int messages = 0;
  table_options options;
  streamer_init init;
  streamer_actor uut;
  std::uint64_t blocks = 0;
  std::uint64_t next_row = 0;
  std::uint64_t turns = 0;
  std::vector<ready> wanted;
  std::vector<submission> submitted;
  std::vector<decision> decided;
  std::vector<lane_condition> conditions;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(streamer_tests, fixture)

CAF_TEST(the threshold of rows makes the lane ready at once) {
  open();
  give(9);
  CAF_CHECK(wanted.empty());
  give(1);
  CAF_REQUIRE_EQUAL(wanted.size(), 1u);
  CAF_CHECK_EQUAL(wanted[0].lane, 7u);
  CAF_CHECK_EQUAL(wanted[0].generation, 3u);
  auto sent = take();
  CAF_REQUIRE(sent != nullptr);
  CAF_CHECK_EQUAL(sent->rows, 10u);
  CAF_CHECK(!submitted.back().more);
  auto texts = test::texts_of(*sent);
  CAF_CHECK_EQUAL(texts.back(), test::row_text(9));
}

CAF_TEST(the threshold of bytes makes the lane ready at once) {
  options.batch.bytes = 300;
  open();
  give(2);
  CAF_CHECK(wanted.empty());
  give(5);
  CAF_CHECK_EQUAL(wanted.size(), 1u);
}

CAF_TEST(a lone row becomes ready at its age and not before) {
  open();
  give(1);
  pass(999ms, 333ms);
  CAF_CHECK(wanted.empty());
  pass(1ms);
  CAF_CHECK_EQUAL(wanted.size(), 1u);
  auto sent = take();
  CAF_REQUIRE(sent != nullptr);
  CAF_CHECK_EQUAL(sent->rows, 1u);
}

CAF_TEST(a trickle does not postpone the age) {
  open();
  for (auto i = 0; i < 5; ++i) {
    give(1);
    CAF_CHECK(wanted.empty());
    pass(200ms);
  }
  CAF_CHECK_EQUAL(wanted.size(), 1u);
  auto sent = take();
  CAF_REQUIRE(sent != nullptr);
  CAF_CHECK_EQUAL(sent->rows, 5u);
}

CAF_TEST(rows that come behind a batch have an age of their own) {
  open();
  give(1);
  pass(1s);
  CAF_REQUIRE_EQUAL(wanted.size(), 1u);
  auto sent = take();
  pass(500ms);
  give(1);
  pass(999ms, 333ms);
  CAF_CHECK_EQUAL(wanted.size(), 1u);
  pass(1ms);
  CAF_CHECK_EQUAL(wanted.size(), 2u);
}

CAF_TEST(one timer runs at a time) {
  open();
  for (auto i = 0; i < 5; ++i)
    give(1);
  // Exactly one timer is pending: firing it leaves none.
  CAF_CHECK(sched.trigger_timeout());
  CAF_CHECK(!sched.has_pending_timeout());
}

CAF_TEST(a stale timer does nothing) {
  open();
  give(10);
  auto first = take();
  answer(first, http::verdict::retry, http::cause::unavailable);
  auto before = wanted.size();
  self->send(uut, caf::tick_atom_v, std::uint64_t{0});
  self->send(uut, caf::tick_atom_v, std::uint64_t{99});
  consume_messages();
  CAF_CHECK_EQUAL(wanted.size(), before);
}

CAF_TEST(a batch grows until its turn comes) {
  open();
  give(10);
  CAF_CHECK_EQUAL(wanted.size(), 1u);
  give(25);
  CAF_CHECK_EQUAL(wanted.size(), 1u); // asked once
  auto sent = take();
  CAF_REQUIRE(sent != nullptr);
  CAF_CHECK_EQUAL(sent->rows, 35u);
}

CAF_TEST(what exceeds a batch asks for another turn with it) {
  options.batch.max_rows = 20;
  open();
  give(35);
  auto sent = take();
  CAF_CHECK_EQUAL(sent->rows, 20u);
  CAF_CHECK(submitted.back().more);
  CAF_CHECK_EQUAL(wanted.size(), 1u); // the submission asked
  sent = take();
  CAF_CHECK_EQUAL(sent->rows, 15u);
  CAF_CHECK(!submitted.back().more);
}

CAF_TEST(a turn with nothing ready ends with nothing) {
  open();
  CAF_CHECK(take() == nullptr);
  CAF_CHECK(!submitted.back().more);
  give(1); // open, not ready
  CAF_CHECK(take() == nullptr);
  CAF_CHECK(!submitted.back().more);
  pass(1s); // its timer still runs
  CAF_CHECK_EQUAL(wanted.size(), 1u);
}

CAF_TEST(a flush tells the rows and makes them ready) {
  open();
  CAF_CHECK_EQUAL(call<std::uint64_t>(uut, caf::flush_atom_v), 0u);
  CAF_CHECK(wanted.empty());
  give(3);
  CAF_CHECK_EQUAL(call<std::uint64_t>(uut, caf::flush_atom_v), 3u);
  CAF_REQUIRE_EQUAL(wanted.size(), 1u);
  auto sent = take();
  CAF_REQUIRE(sent != nullptr);
  CAF_CHECK_EQUAL(sent->rows, 3u);
}

CAF_TEST(a draining lane is ready with any row) {
  open();
  give(1);
  CAF_CHECK(wanted.empty());
  self->send(uut, caf::close_atom_v);
  consume_messages();
  CAF_CHECK_EQUAL(wanted.size(), 1u);
  take();
  give(1);
  CAF_CHECK_EQUAL(wanted.size(), 2u);
}

CAF_TEST(an answer decides the rows of its batch once) {
  open();
  auto block = give(10);
  auto sent = take();
  answer(sent, http::verdict::stored);
  CAF_REQUIRE_EQUAL(decided.size(), 1u);
  CAF_CHECK(decided[0].source == block);
  CAF_CHECK(decided[0].stored);
  CAF_CHECK(!decided[0].possibly_duplicated);
  CAF_CHECK_EQUAL(decided[0].attempts, 1u);
  CAF_CHECK_EQUAL(rows_stored(), 10u);
  answer(sent, http::verdict::stored);
  CAF_CHECK_EQUAL(rows_stored(), 10u);
}

CAF_TEST(the first of many blocks do not wait for the last) {
  options.batch.rows = 200;
  open();
  for (auto i = 0; i < 200; ++i)
    give(1);
  answer(take(), http::verdict::stored);
  CAF_CHECK_EQUAL(rows_stored(), 200u);
  CAF_CHECK_EQUAL(messages, 4);
}

CAF_TEST(rows that an earlier streamer may have sent stay uncertain) {
  open();
  give(10, true);
  answer(take(), http::verdict::stored);
  CAF_REQUIRE_EQUAL(decided.size(), 1u);
  CAF_CHECK(decided[0].possibly_duplicated);
}

CAF_TEST(a batch in flight of an earlier streamer is not sent again) {
  auto x = hold(1, test::make_block(0, 15));
  auto flying = std::make_shared<batch>();
  flying->number = 5; // of generation 0
  flying->rows = 6;
  flying->slices.push_back({x, {2, 8}, now(), 1, false});
  open();
  self->send(uut, in_flight{{flying}});
  self->send(uut, assignment{x, {{0, 15}}, false});
  self->send(uut, caf::close_atom_v);
  consume_messages();
  auto sent = take();
  CAF_REQUIRE(sent != nullptr);
  CAF_CHECK_EQUAL(sent->rows, 9u);
  answer(flying, http::verdict::stored);
  CAF_CHECK_EQUAL(rows_stored(), 6u);
  answer(sent, http::verdict::stored);
  CAF_CHECK_EQUAL(rows_stored(), 15u);
}

CAF_TEST(a failed request waits and the same rows go again) {
  open();
  give(10);
  auto first = take();
  answer(first, http::verdict::retry, http::cause::unavailable);
  CAF_CHECK(decided.empty());
  pass(1s); // the longest wait
  CAF_REQUIRE_EQUAL(wanted.size(), 2u);
  auto second = take();
  CAF_REQUIRE(second != nullptr);
  CAF_CHECK_NOT_EQUAL(second->number, first->number);
  CAF_CHECK(test::texts_of(*second) == test::texts_of(*first));
}

CAF_TEST(what is left at the end fails as shutdown) {
  open();
  give(10);
  auto sent = take();
  give(4);
  self->send(uut, caf::delete_atom_v);
  consume_messages();
  std::uint32_t sure = 0;
  std::uint32_t unsure = 0;
  for (auto& x : decided) {
    CAF_CHECK(!x.stored);
    CAF_CHECK_EQUAL(x.why.reason, "shutdown");
    (x.why.uncertain ? unsure : sure) += x.rows.size();
  }
  CAF_CHECK_EQUAL(sure, 4u);
  CAF_CHECK_EQUAL(unsure, 10u);
  answer(sent, http::verdict::stored); // too late
  CAF_CHECK_EQUAL(rows_stored(), 0u);
}

CAF_TEST(blocks are in hand while their message is handled) {
  using numbers = std::vector<std::uint64_t>;
  auto asking = std::make_shared<numbers>(); // outlive the test's frame
  auto deciding = std::make_shared<numbers>();
  auto notes = init.notes;
  auto dispatcher = sys.spawn<spy>([=] { *asking = notes->in_hand; });
  auto supervisor = sys.spawn<spy>([=] { *deciding = notes->in_hand; });
  init.dispatcher = caf::actor_cast<dispatcher_actor>(adopt(dispatcher));
  init.supervisor = caf::actor_cast<supervisor_actor>(adopt(supervisor));
  open();
  auto x = hold(41, test::make_block(0, 6));
  auto y = hold(42, test::make_block(6, 6));
  self->send(uut, assignment{x, {{0, 6}}, false});
  self->send(uut, assignment{y, {{0, 6}}, false});
  consume_messages();
  CAF_CHECK(*asking == numbers{42}); // its rows made the lane ready
  CAF_CHECK(init.notes->in_hand.empty());
  self->send(uut, turn{1});
  consume_messages();
  // Both blocks have rows in the batch, the first of generation 3.
  auto result = std::make_shared<batch_result>();
  result->number = (std::uint64_t{3} << 32) + 1;
  result->unsent_from = 12;
  result->outcome.verdict = http::verdict::stored;
  tell(result);
  CAF_CHECK(*deciding == (numbers{41, 42}));
  CAF_CHECK(init.notes->in_hand.empty());
}

CAF_TEST(what is settled does not stay in doubt while other rows come) {
  options.retry.probe_rows = 10;
  open();
  auto fail = [this](const batch_ptr& x) {
    auto result = std::make_shared<batch_result>();
    result->number = x->number;
    result->unsent_from = x->rows;
    result->outcome.cause = http::cause::unavailable;
    result->outcome.uncertain = true;
    tell(std::move(result));
  };
  for (auto i = 0; i < 3000; ++i) {
    auto x = give(10);
    auto sent = take();
    CAF_REQUIRE(sent != nullptr);
    fail(sent);
    CAF_REQUIRE(init.notes->doubtful.contains(x->number));
    give(1); // never without a row
    pass(1s, 1s);
    answer(take(), http::verdict::stored);
  }
  CAF_CHECK_EQUAL(rows_stored(), 30'000u);
  CAF_CHECK(init.notes->doubtful.size() < 2000);
}

CAF_TEST(a condition is told once for each change) {
  open();
  give(10);
  answer(take(), http::verdict::retry, http::cause::throttled);
  CAF_REQUIRE_EQUAL(conditions.size(), 1u);
  CAF_CHECK_EQUAL(conditions[0].lane, 7u);
  CAF_CHECK(conditions[0].state == table_state::throttled);
  CAF_CHECK_EQUAL(conditions[0].reason, "because: of this");
  pass(1s);
  answer(take(), http::verdict::retry, http::cause::throttled);
  CAF_CHECK_EQUAL(conditions.size(), 1u); // no news
  pass(1s);
  answer(take(), http::verdict::retry, http::cause::missing);
  CAF_REQUIRE_EQUAL(conditions.size(), 2u);
  CAF_CHECK(conditions[1].state == table_state::missing);
  pass(1s);
  answer(take(), http::verdict::stored);
  CAF_REQUIRE_EQUAL(conditions.size(), 3u);
  CAF_CHECK(conditions[2].state == table_state::ok);
  give(10);
  answer(take(), http::verdict::stored);
  CAF_CHECK_EQUAL(conditions.size(), 3u);
}

CAF_TEST_FIXTURE_SCOPE_END()
