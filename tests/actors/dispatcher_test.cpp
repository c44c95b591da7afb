#define CAF_SUITE dispatcher

#include "actors/dispatcher.hpp"

#include <algorithm>
#include <deque>
#include <map>

#include "tests/fixture.hpp"

using namespace bqs;
using namespace bqs::internal;
using namespace bqs::test;
using namespace std::chrono_literals;

namespace {

/// What the stand-in for a streamer has got.
struct seen {
  std::deque<std::uint64_t> turns;
  /// What was last heard of the credential: why it is refused.
  std::string refused;
  std::vector<bool> probes;
  std::vector<std::uint64_t> results;
  std::vector<std::shared_ptr<const batch_result>> answers;
  std::vector<std::uint64_t> adopted;
  /// In the order of arrival: `a`dopted, `r`esult, `t`urn.
  std::string order;
};

caf::behavior stand_in(std::shared_ptr<seen> at) {
  return {
    [at](const in_flight& x) {
      at->order += 'a';
      for (auto& y : x.batches)
        at->adopted.push_back(y->number);
    },
    [at](const turn& x) {
      at->order += 't';
      at->turns.push_back(x.number);
      at->probes.push_back(x.probe_only);
    },
    [at](const job_result& x) {
      at->order += 'r';
      at->results.push_back(x.result->number);
      at->answers.push_back(x.result);
      return caf::ok_atom_v;
    },
    [at](const credential_news& x) { at->refused = x.refused ? x.reason : ""; },
  };
}

struct fixture : deterministic {
  struct post {
    caf::actor worker;
    job what;
  };

  void open(std::uint32_t slots, std::uint32_t first = 0) {
    dispatcher_init x;
    x.max_in_flight = slots;
    x.start_in_flight = first;
    x.worker_timeout = 10s;
    x.retry_tokens = 10;
    x.count = count;
    x.make_worker = [this] {
      auto handle
        = sys.spawn([this](caf::event_based_actor* me) { return worker(me); });
      spawned.push_back(handle);
      ++made;
      return http_worker{caf::actor_cast<http_actor>(handle),
                         [this] { ++cancelled; }};
    };
    uut = start(dispatcher, std::move(x));
  }

  ~fixture() override {
    // Its end calls back into the members below.
    self->send_exit(uut, caf::exit_reason::kill);
    consume_messages();
    posts.clear();
  }

  caf::behavior worker(caf::event_based_actor* me) {
    using promise_type = caf::typed_response_promise<job_result>;
    auto promise = std::make_shared<promise_type>();
    return {
      [=, this](const job& x) -> caf::result<job_result> {
        posts.push_back({me, x});
        most = std::max(most, posts.size());
        *promise = me->make_response_promise<job_result>();
        return *promise;
      },
      [=](const job_result& x) { promise->deliver(x); },
    };
  }

  /// Gives a lane its next streamer.
  std::shared_ptr<seen> enter(std::uint32_t lane,
                              const std::string& table = "shop.events") {
    auto result = std::make_shared<seen>();
    auto streamer = start([result] { return stand_in(result); });
    streamers[lane] = streamer;
    auto generation = generations[lane]++;
    call<caf::ok_atom>(uut, caf::join_atom_v, lane, generation, table,
                       target_ptr{std::make_shared<target>()},
                       caf::actor_cast<streamer_actor>(streamer));
    return result;
  }

  void want(std::uint32_t lane) {
    self->send(uut, ready{lane, generations[lane] - 1});
    consume_messages();
  }

  batch_ptr make_batch() {
    auto x = std::make_shared<batch>();
    x->number = ++batches;
    x->rows = 2;
    x->slices.push_back({hold(x->number, make_block(0, 2)), {0, 2}, now()});
    return x;
  }

  /// Ends the oldest turn of a lane with a batch.
  batch_ptr submit(std::uint32_t lane, seen& at, bool more = false) {
    return submit(lane, at, more, make_batch());
  }

  batch_ptr submit(std::uint32_t lane, seen& at, bool more, batch_ptr x) {
    CAF_REQUIRE(!at.turns.empty());
    self->send(
      uut, submission{lane, generations[lane] - 1, at.turns.front(), x, more});
    at.turns.pop_front();
    consume_messages();
    return x;
  }

  void submit_nothing(std::uint32_t lane, seen& at, bool more = false) {
    CAF_REQUIRE(!at.turns.empty());
    self->send(uut, submission{lane, generations[lane] - 1, at.turns.front(),
                               nullptr, more});
    at.turns.pop_front();
    consume_messages();
  }

  /// Answers the oldest post; runs nothing yet.
  void answer_later(http::verdict how = http::verdict::stored) {
    CAF_REQUIRE(!posts.empty());
    auto result = std::make_shared<batch_result>();
    result->number = posts.front().what.rows->number;
    result->outcome.verdict = how;
    result->outcome.cause = http::cause::unavailable;
    self->send(posts.front().worker,
               job_result{posts.front().what.lane, result});
    posts.pop_front();
  }

  void answer(http::verdict how = http::verdict::stored) {
    answer_later(how);
    consume_messages();
  }

  /// Answers the oldest post with a status: 200, or 401.
  void answer_status(int status) {
    CAF_REQUIRE(!posts.empty());
    auto result = std::make_shared<batch_result>();
    result->number = posts.front().what.rows->number;
    result->outcome.status = status;
    result->outcome.verdict = http::verdict::stored;
    if (status == 401) {
      result->outcome.verdict = http::verdict::retry;
      result->outcome.cause = http::cause::bad_token;
      result->outcome.reason = "authError";
      result->outcome.message = "no";
    }
    self->send(posts.front().worker,
               job_result{posts.front().what.lane, result});
    posts.pop_front();
    consume_messages();
  }

  /// Sends nothing of the oldest post: its rows are bad by themselves.
  void answer_bad() {
    CAF_REQUIRE(!posts.empty());
    auto& rows = *posts.front().what.rows;
    auto result = std::make_shared<batch_result>();
    result->number = rows.number;
    result->unsent_from = rows.rows;
    result->outcome.verdict = http::verdict::stored;
    for (std::uint32_t i = 0; i < rows.rows; ++i)
      result->faults.push_back({i, "malformed", "no"});
    self->send(posts.front().worker,
               job_result{posts.front().what.lane, result});
    posts.pop_front();
    consume_messages();
  }

  /// Refuses the oldest post for a quota.
  void throttle(bool of_project = false) {
    CAF_REQUIRE(!posts.empty());
    auto result = std::make_shared<batch_result>();
    result->number = posts.front().what.rows->number;
    result->outcome.cause = http::cause::throttled;
    result->outcome.of_project = of_project;
    self->send(posts.front().worker,
               job_result{posts.front().what.lane, result});
    posts.pop_front();
    consume_messages();
  }

  dispatcher_actor uut;
  std::shared_ptr<counters> count = std::make_shared<counters>();
  std::deque<post> posts;
  std::size_t most = 0;
  std::size_t made = 0;
  std::size_t cancelled = 0;
  std::uint64_t batches = 0;
  std::map<std::uint32_t, std::uint32_t> generations;
  std::map<std::uint32_t, caf::actor> streamers;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(dispatcher_tests, fixture)

CAF_TEST(a batch goes to an http actor and its result to the streamer) {
  open(2);
  auto a = enter(1);
  CAF_CHECK_EQUAL(a->order, "a");
  want(1);
  CAF_CHECK_EQUAL(a->order, "at");
  auto x = submit(1, *a);
  CAF_REQUIRE_EQUAL(posts.size(), 1u);
  CAF_CHECK(posts[0].what.rows == x);
  CAF_CHECK_EQUAL(posts[0].what.lane, 1u);
  CAF_CHECK_EQUAL(count->in_flight.load(), 1u);
  answer();
  CAF_CHECK_EQUAL(a->order, "atr");
  CAF_CHECK_EQUAL(a->results[0], x->number);
  CAF_CHECK_EQUAL(count->in_flight.load(), 0u);
}

CAF_TEST(http actors are made when needed and used again) {
  open(8);
  auto a = enter(1);
  for (auto i = 0; i < 5; ++i) {
    want(1);
    submit(1, *a);
    answer();
  }
  CAF_CHECK_EQUAL(made, 1u);
  CAF_CHECK_EQUAL(a->results.size(), 5u);
}

CAF_TEST(turns and requests together never exceed the slots) {
  open(3);
  std::vector<std::shared_ptr<seen>> lanes;
  for (auto i = 0u; i < 6; ++i) {
    lanes.push_back(enter(i, "shop.t" + std::to_string(i)));
    want(i);
  }
  auto turns = [&] {
    std::size_t result = posts.size();
    for (auto& x : lanes)
      result += x->turns.size();
    return result;
  };
  CAF_CHECK_EQUAL(turns(), 3u);
  submit(0, *lanes[0]);
  CAF_CHECK_EQUAL(turns(), 3u);
  submit_nothing(1, *lanes[1]); // its slot is free again
  CAF_CHECK_EQUAL(turns(), 3u);
  CAF_CHECK_EQUAL(lanes[3]->turns.size(), 1u);
  answer();
  CAF_CHECK_EQUAL(lanes[4]->turns.size(), 1u);
  submit(2, *lanes[2]);
  submit(3, *lanes[3]);
  submit(4, *lanes[4]);
  CAF_CHECK(lanes[5]->turns.empty());
  answer();
  CAF_CHECK_EQUAL(lanes[5]->turns.size(), 1u);
  CAF_CHECK(most <= 3);
  CAF_CHECK(made <= 3);
}

CAF_TEST(a lane may have many batches in flight) {
  open(3);
  auto a = enter(1);
  want(1);
  submit(1, *a, true);
  submit(1, *a, true);
  submit(1, *a, true);
  CAF_CHECK_EQUAL(posts.size(), 3u);
  CAF_CHECK(a->turns.empty());
  answer();
  CAF_CHECK_EQUAL(a->turns.size(), 1u); // `more` has waited
}

CAF_TEST(a turn ends with the streamer) {
  open(1);
  auto a = enter(1);
  auto b = enter(2, "shop.other");
  want(1);
  want(2);
  CAF_CHECK_EQUAL(a->turns.size(), 1u);
  CAF_CHECK(b->turns.empty());
  crash(streamers[1]);
  CAF_CHECK_EQUAL(b->turns.size(), 1u);
}

CAF_TEST(a turn ends with the lane) {
  open(1);
  auto a = enter(1);
  auto b = enter(2, "shop.other");
  want(1);
  want(2);
  self->send(uut, caf::delete_atom_v, std::uint32_t{1});
  consume_messages();
  CAF_CHECK_EQUAL(b->turns.size(), 1u);
  submit(1, *a); // too late
  CAF_CHECK(posts.empty());
}

CAF_TEST(a streamer in line that dies gets no turn) {
  open(1);
  auto a = enter(1);
  auto b = enter(2, "shop.b");
  auto c = enter(3, "shop.c");
  want(1);
  want(2);
  want(3);
  crash(streamers[2]);
  submit_nothing(1, *a);
  CAF_CHECK_EQUAL(c->turns.size(), 1u);
  CAF_CHECK(b->turns.empty());
}

CAF_TEST(an older generation is not heard) {
  open(2);
  auto a = enter(1);
  want(1);
  auto old_turn = a->turns.front();
  auto b = enter(1);
  self->send(uut, submission{1, 0, old_turn, make_batch(), true});
  self->send(uut, ready{1, 0});
  consume_messages();
  CAF_CHECK(posts.empty());
  CAF_CHECK(a->order == "at");
  CAF_CHECK(b->turns.empty());
  want(1);
  CAF_REQUIRE_EQUAL(b->turns.size(), 1u);
  // The new one's turn is none of the old one's.
  self->send(uut, submission{1, 0, b->turns.front(), make_batch(), false});
  consume_messages();
  CAF_CHECK(posts.empty());
  submit(1, *b);
  CAF_CHECK_EQUAL(posts.size(), 1u);
}

CAF_TEST(a table over its quota waits while others go on) {
  open(4);
  auto a = enter(1, "shop.a");
  auto b = enter(2, "shop.b");
  want(1);
  submit(1, *a);
  throttle();
  want(1);
  want(2);
  CAF_CHECK(a->turns.empty());
  CAF_CHECK_EQUAL(b->turns.size(), 1u);
  pass(2s, 100ms); // nothing else wakes it
  CAF_CHECK_EQUAL(a->turns.size(), 1u);
}

CAF_TEST(rows that are bad by themselves use up no quota) {
  open(4);
  auto a = enter(1, "shop.a");
  want(1);
  submit(1, *a);
  throttle();
  want(1);
  pass(2s, 100ms);
  CAF_REQUIRE_EQUAL(a->turns.size(), 1u);
  for (auto i = 0; i < 20; ++i) {
    submit(1, *a, true);
    answer_bad();
    CAF_REQUIRE_EQUAL(a->turns.size(), 1u);
  }
}

CAF_TEST(tables of a project over its quota go one after the other) {
  open(4);
  auto a = enter(1, "shop.a");
  auto b = enter(2, "shop.b");
  want(1);
  submit(1, *a);
  throttle(true);
  want(1);
  want(2);
  CAF_CHECK(a->turns.empty() && b->turns.empty());
  pass(4s, 100ms);
  // What it sends is not known yet: it may be all that the quota gives.
  CAF_CHECK_EQUAL(a->turns.size() + b->turns.size(), 1u);
  auto first = a->turns.empty() ? 2u : 1u;
  auto& second = a->turns.empty() ? *a : *b;
  submit(first, a->turns.empty() ? *b : *a);
  pass(4s, 100ms);
  CAF_CHECK_EQUAL(second.turns.size(), 1u);
}

CAF_TEST(a turn that a paced lane does not use is free for others) {
  open(4);
  auto a = enter(1, "shop.a");
  auto b = enter(2, "shop.b");
  want(1);
  submit(1, *a);
  throttle(true);
  want(1);
  want(2);
  pass(4s, 100ms);
  CAF_REQUIRE_EQUAL(a->turns.size(), 1u);
  CAF_CHECK(b->turns.empty());
  crash(streamers[1]);
  CAF_CHECK_EQUAL(b->turns.size(), 1u);
}

CAF_TEST(the number of requests at once begins small and is searched for) {
  open(16, 2);
  auto a = enter(1);
  want(1);
  for (auto i = 0; i < 2; ++i)
    submit(1, *a, true);
  CAF_CHECK(a->turns.empty());
  // The service takes as many as come, in 100 ms each.
  for (auto i = 0; i < 100; ++i) {
    pass(100ms);
    for (auto left = posts.size(); left > 0; --left)
      answer();
    while (!a->turns.empty())
      submit(1, *a, true);
  }
  CAF_CHECK(posts.size() >= 12);
  CAF_CHECK(count->in_flight_limit >= 12);
  CAF_CHECK(most <= 16);
}

CAF_TEST(requests that hang leave to others what the search has found) {
  open(8, 2);
  auto hung = enter(1, "shop.hung");
  auto well = enter(2, "shop.well");
  want(1);
  for (auto i = 0; i < 2; ++i)
    submit(1, *hung, true);
  want(2);
  CAF_CHECK(well->turns.empty());
  pass(3s, 100ms);
  CAF_CHECK_EQUAL(well->turns.size(), 1u);
  CAF_CHECK(hung->turns.empty());
}

CAF_TEST(slow tables have their half beside what the search has found) {
  open(8, 4);
  auto hung = enter(1, "shop.hung");
  auto late = enter(2, "shop.late");
  std::map<std::uint32_t, std::shared_ptr<seen>> well;
  for (auto lane : {3u, 4u, 5u}) {
    well[lane] = enter(lane, "shop.well" + std::to_string(lane));
    want(lane);
    submit(lane, *well[lane]);
    answer();
  }
  want(2);
  submit(2, *late);
  pass(1100ms);
  answer();
  want(1);
  submit(1, *hung);
  pass(1100ms);
  for (auto& [lane, x] : well) {
    want(lane);
    submit(lane, *x);
  }
  CAF_CHECK_EQUAL(posts.size(), 4u); // what was found
  want(2);
  CAF_CHECK_EQUAL(late->turns.size(), 1u);
  want(1); // two of four slots are theirs now
  CAF_CHECK(hung->turns.empty());
}

CAF_TEST(the number is searched for though a table has its share only) {
  open(32, 4);
  auto busy = enter(1, "shop.busy");
  auto calm = enter(2, "shop.calm");
  want(2); // from then on it is reckoned with
  submit(2, *calm);
  answer();
  want(1);
  std::size_t most_busy = 0;
  for (auto i = 0; i < 200; ++i) {
    if (i % 10 == 0) {
      want(2);
      submit(2, *calm);
    }
    while (!busy->turns.empty())
      submit(1, *busy, true);
    most_busy = std::max(most_busy, posts.size());
    pass(100ms);
    for (auto left = posts.size(); left > 0; --left)
      answer();
  }
  // Half of 32 is what it may borrow.
  CAF_CHECK(most_busy >= 14);
}

CAF_TEST(a batch without a turn is not sent) {
  open(2);
  auto a = enter(1);
  self->send(uut, submission{1, 0, 99, make_batch(), false});
  consume_messages();
  CAF_CHECK(posts.empty());
  want(1);
  auto number = a->turns.front();
  submit(1, *a);
  // A turn ends once.
  self->send(uut, submission{1, 0, number, make_batch(), false});
  consume_messages();
  CAF_CHECK_EQUAL(posts.size(), 1u);
}

CAF_TEST(turns go round over the tables) {
  open(1);
  std::map<std::string, int> given;
  std::map<std::uint32_t, std::shared_ptr<seen>> lanes;
  for (auto i = 0u; i < 4; ++i) // four lanes of one table
    lanes[i] = enter(i, "shop.large");
  lanes[4] = enter(4, "shop.small");
  for (auto i = 0u; i < 5; ++i)
    want(i);
  for (auto round = 0; round < 20; ++round)
    for (auto& [lane, x] : lanes)
      if (!x->turns.empty()) {
        ++given[lane == 4 ? "small" : "large"];
        submit(lane, *x, true);
        answer();
        break;
      }
  // The large one was alone at first.
  CAF_CHECK_EQUAL(given["large"], 11);
  CAF_CHECK_EQUAL(given["small"], 9);
}

CAF_TEST(an http actor that dies gives an uncertain retry and is replaced) {
  open(1);
  auto a = enter(1);
  want(1);
  auto x = submit(1, *a, true);
  crash(posts.front().worker);
  posts.clear();
  CAF_REQUIRE_EQUAL(a->answers.size(), 1u);
  auto& y = *a->answers[0];
  CAF_CHECK_EQUAL(y.number, x->number);
  CAF_CHECK_EQUAL(y.unsent_from, x->rows);
  CAF_CHECK(y.faults.empty());
  CAF_CHECK(y.outcome.verdict == http::verdict::retry);
  CAF_CHECK(y.outcome.cause == http::cause::crashed);
  CAF_CHECK(y.outcome.uncertain);
  CAF_CHECK_EQUAL(cancelled, 1u);
  CAF_CHECK_EQUAL(count->in_flight.load(), 0u);
  submit(1, *a);
  CAF_CHECK_EQUAL(made, 2u);
  answer();
  CAF_CHECK_EQUAL(a->results.size(), 2u);
}

CAF_TEST(an http actor that is silent has not crashed) {
  open(2);
  auto a = enter(1);
  want(1);
  submit(1, *a);
  pass(10s, 1s);
  CAF_REQUIRE_EQUAL(a->answers.size(), 1u);
  CAF_CHECK(a->answers[0]->outcome.cause == http::cause::unavailable);
  CAF_CHECK_EQUAL(a->answers[0]->outcome.reason, "timeout");
}

CAF_TEST(with the retry budget spent turns are for probes) {
  open(2);
  auto a = enter(1);
  auto b = enter(2, "shop.b");
  for (auto i = 0; i < 5; ++i) {
    want(1);
    submit(1, *a);
    answer(http::verdict::retry);
  }
  CAF_CHECK(a->probes == std::vector<bool>(5, false));
  want(2); // it is one budget
  CAF_CHECK(b->probes == std::vector<bool>(1, true));
  submit(2, *b);
  answer_bad(); // which says nothing of the service
  want(2);
  CAF_CHECK(b->probes == (std::vector<bool>{true, true}));
  submit(2, *b);
  answer();
  want(2);
  CAF_CHECK(b->probes == (std::vector<bool>{true, true, false}));
}

CAF_TEST(while the credential is refused one lane probes for all) {
  open(8);
  auto a = enter(1);
  auto b = enter(2, "shop.b");
  want(1);
  submit(1, *a);
  answer_status(401);
  CAF_CHECK_EQUAL(a->refused, ""); // a fresh token may do
  want(1);
  want(2);
  CAF_REQUIRE_EQUAL(a->turns.size(), 1u); // who came first
  CAF_CHECK_EQUAL(b->turns.size(), 0u);
  submit(1, *a);
  answer_status(401);
  for (auto& x : {a, b})
    CAF_CHECK_EQUAL(x->refused, "authError: no");
  auto c = enter(3, "shop.c");
  CAF_CHECK_EQUAL(c->refused, "authError: no");
  CAF_CHECK_EQUAL(b->turns.size(), 0u);
  pass(499ms);
  CAF_CHECK_EQUAL(b->turns.size(), 0u);
  pass(1ms);
  CAF_REQUIRE_EQUAL(b->turns.size(), 1u);
  want(1);
  want(3);
  submit(2, *b);
  CAF_CHECK_EQUAL(a->turns.size(), 0u);
  answer_status(200);
  CAF_CHECK_EQUAL(a->turns.size(), 1u);
  CAF_CHECK_EQUAL(c->turns.size(), 1u);
  for (auto& x : {a, b, c})
    CAF_CHECK_EQUAL(x->refused, "");
}

CAF_TEST(a request that hangs since before a refusal holds up no probe) {
  open(4);
  auto hung = enter(1, "shop.hung");
  auto a = enter(2, "shop.a");
  want(1);
  submit(1, *hung);
  want(2);
  submit(2, *a);
  std::swap(posts.front(), posts.back());
  answer_status(401);
  want(2);
  CAF_CHECK_EQUAL(a->turns.size(), 1u);
  want(1);
  CAF_CHECK(hung->turns.empty()); // there is one
}

CAF_TEST(
  a probe that ends without a word of the credential is followed by one) {
  open(8);
  auto a = enter(1);
  auto b = enter(2, "shop.b");
  want(1);
  submit(1, *a);
  answer_status(401);
  want(1);
  want(2);
  submit_nothing(1, *a);
  CAF_REQUIRE_EQUAL(b->turns.size(), 1u);
  want(1);
  submit(2, *b);
  CAF_CHECK_EQUAL(a->turns.size(), 0u);
  answer(http::verdict::retry); // 503, say
  CAF_CHECK_EQUAL(a->turns.size(), 1u);
}

CAF_TEST(while others are there a table has its share of the slots) {
  open(4);
  auto a = enter(1);
  auto b = enter(2, "shop.b");
  want(2);
  submit(2, *b);
  want(1);
  for (auto i = 0; i < 3 && !a->turns.empty(); ++i)
    submit(1, *a, true);
  CAF_CHECK_EQUAL(posts.size(), 3u); // two of them for a, one for b
  want(2);
  CAF_CHECK_EQUAL(b->turns.size(), 1u);
  answer(); // of b
  submit_nothing(2, *b);
  CAF_CHECK(a->turns.empty()); // half of the slots are in use by it
}

CAF_TEST(an idle http actor that dies is replaced) {
  open(1);
  auto a = enter(1);
  want(1);
  auto worker = caf::actor{};
  submit(1, *a);
  worker = posts.front().worker;
  answer();
  crash(worker);
  want(1);
  submit(1, *a);
  CAF_CHECK_EQUAL(made, 2u);
  CAF_CHECK_EQUAL(a->answers.size(), 1u); // nothing has broken off
  answer();
  CAF_CHECK_EQUAL(a->answers.size(), 2u);
}

CAF_TEST(an http actor that is silent for too long counts as crashed) {
  open(1);
  auto a = enter(1);
  want(1);
  submit(1, *a);
  pass(9s, 1s);
  CAF_CHECK(a->answers.empty());
  pass(1s);
  CAF_REQUIRE_EQUAL(a->answers.size(), 1u);
  CAF_CHECK(a->answers[0]->outcome.uncertain);
  CAF_CHECK_EQUAL(cancelled, 1u);
  // Its late answer reaches nobody.
  answer();
  CAF_CHECK_EQUAL(a->answers.size(), 1u);
  want(1);
  submit(1, *a);
  CAF_CHECK_EQUAL(made, 2u);
}

CAF_TEST(each http actor has its whole time before it counts as silent) {
  open(3);
  auto a = enter(1);
  want(1);
  submit(1, *a, true);
  pass(4s, 1s);
  submit(1, *a, true);
  pass(4s, 1s);
  submit(1, *a);
  pass(1s);
  CAF_CHECK(a->answers.empty());
  for (auto i = 1u; i <= 3; ++i) {
    pass(1s); // 10 s, 14 s, 18 s
    CAF_CHECK_EQUAL(a->answers.size(), i);
    pass(3s, 1s);
    CAF_CHECK_EQUAL(a->answers.size(), i);
  }
  // Who looks for them has gone to sleep, and wakes up with the next one.
  CAF_CHECK(!sched.clock().has_pending_timeout());
  want(1);
  submit(1, *a);
  pass(10s, 1s);
  CAF_CHECK_EQUAL(a->answers.size(), 4u);
}

CAF_TEST(the clock keeps one timer for all requests) {
  open(3);
  auto a = enter(1);
  for (auto i = 0; i < 20; ++i) {
    want(1);
    submit(1, *a);
    answer();
  }
  CAF_CHECK_EQUAL(sched.clock().advance_time(10s), 1u);
  consume_messages();
  CAF_CHECK(!sched.clock().has_pending_timeout());
}

CAF_TEST(a successor is told what is in flight and gets its results) {
  open(4);
  auto a = enter(1);
  want(1);
  auto x = submit(1, *a, true);
  auto y = submit(1, *a);
  crash(streamers[1]);
  answer(); // between two streamers
  auto b = enter(1);
  CAF_CHECK(b->adopted == (std::vector<std::uint64_t>{x->number, y->number}));
  CAF_CHECK(b->results == (std::vector<std::uint64_t>{x->number}));
  CAF_CHECK_EQUAL(b->order, "ar"); // and before any assignment
  answer();
  CAF_CHECK(b->results == (std::vector<std::uint64_t>{x->number, y->number}));
  CAF_CHECK(a->results.empty());
  // What was taken is not told again.
  auto c = enter(1);
  CAF_CHECK_EQUAL(c->order, "a");
  CAF_CHECK(c->adopted.empty());
}

CAF_TEST(a result that its streamer did not read is told to the successor) {
  open(1);
  auto a = enter(1);
  want(1);
  auto x = submit(1, *a);
  auto worker = posts.front().worker;
  answer_later();
  // The streamer's end and then the result are in its mailbox.
  self->send_exit(streamers[1], caf::exit_reason::kill);
  CAF_REQUIRE(sched.prioritize(worker));
  sched.run_once();
  CAF_REQUIRE(sched.prioritize(uut));
  sched.run_once();
  consume_messages();
  CAF_CHECK(a->results.empty());
  auto b = enter(1);
  CAF_CHECK(b->results == (std::vector<std::uint64_t>{x->number}));
}

CAF_TEST(a retired lane is forgotten) {
  open(2);
  auto a = enter(1);
  want(1);
  submit(1, *a);
  self->send(uut, caf::delete_atom_v, std::uint32_t{1});
  self->send(uut, caf::delete_atom_v, std::uint32_t{77});
  consume_messages();
  answer();
  CAF_CHECK(a->results.empty());
  CAF_CHECK_EQUAL(count->in_flight.load(), 0u);
  auto b = enter(1); // as a new one
  CAF_CHECK(b->adopted.empty());
}

CAF_TEST(the end of a retired streamer is not told) {
  open(2);
  enter(1);
  self->send(uut, caf::delete_atom_v, std::uint32_t{1});
  consume_messages();
  self->send_exit(streamers[1], caf::exit_reason::kill);
  CAF_REQUIRE(sched.prioritize(streamers[1]));
  sched.run_once();
  CAF_CHECK(!sched.has_job());
}

CAF_TEST(a lane that comes back knows nothing of what it gave up) {
  open(2);
  auto first = enter(1);
  want(1);
  submit(1, *first);
  self->send(uut, caf::delete_atom_v, std::uint32_t{1});
  auto second = enter(1);
  crash(streamers[1]);
  answer(); // nobody is there to take it
  auto third = enter(1);
  CAF_CHECK(second->results.empty());
  CAF_CHECK(third->adopted.empty());
  CAF_CHECK(third->results.empty());
  CAF_CHECK_EQUAL(count->in_flight.load(), 0u);
}

CAF_TEST(requests under way are cancelled at the end) {
  open(3);
  auto a = enter(1);
  want(1);
  submit(1, *a, true);
  submit(1, *a, true);
  submit(1, *a);
  answer(); // one is idle now
  self->monitor(posts[0].worker);
  self->monitor(posts[1].worker);
  CAF_CHECK_EQUAL(count->in_flight.load(), 2u);
  crash(uut);
  CAF_CHECK_EQUAL(cancelled, 3u);
  CAF_CHECK_EQUAL(count->in_flight.load(), 0u);
  expect((caf::down_msg), from(_).to(self).with(_));
  expect((caf::down_msg), from(_).to(self).with(_));
}

CAF_TEST_FIXTURE_SCOPE_END()
