#define CAF_SUITE token_actor

#include "actors/token_actor.hpp"

#include <deque>
#include <optional>
#include <stdexcept>
#include <utility>

#include "tests/fixture.hpp"

using namespace bqs;
using namespace bqs::test;
using namespace std::chrono_literals;

namespace {

/// Counts what it is asked for.
struct purse : http::credentials {
  std::variant<http::token, std::string> fetch() override {
    ++fetched;
    if (broken)
      throw std::runtime_error{"a secret"};
    if (empty)
      return "the purse is empty";
    return http::token{"token-" + std::to_string(fetched), lifetime, "payer"};
  }

  http::credential_change refresh() override {
    ++looked;
    return std::exchange(change, {});
  }

  int fetched = 0;
  int looked = 0;
  bool empty = false;
  bool broken = false;
  std::chrono::seconds lifetime = 3600s;
  http::credential_change change;
};

/// Answers when it is told to.
struct slow_fetcher {
  int asked = 0;
  /// For the first of those that wait.
  std::optional<std::string> next;
  std::deque<caf::typed_response_promise<internal::fetched>> open;
};

token_fetcher::behavior_type slow_behavior(token_fetcher::pointer self,
                                           std::shared_ptr<slow_fetcher> box) {
  return {
    [self, box](caf::get_atom) -> caf::result<internal::fetched> {
      ++box->asked;
      auto result = self->make_response_promise<internal::fetched>();
      box->open.push_back(result);
      return result;
    },
    [box](caf::update_atom) {
      if (box->next && !box->open.empty()) {
        box->open.front().deliver(
          internal::fetched{http::token{*box->next, 3600s}});
        box->open.pop_front();
        box->next.reset();
      }
      return false;
    },
  };
}

struct fixture : deterministic {
  fixture() {
    uut = start(token_behavior, fetcher_factory{[this](caf::actor_system& x) {
                  return x.spawn(fetcher_behavior, source);
                }});
  }

  internal::access get(std::uint64_t refused = 0) {
    return call<internal::access>(uut, caf::get_atom_v, refused);
  }

  std::shared_ptr<purse> source = std::make_shared<purse>();
  token_actor uut;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(token_actor_tests, fixture)

CAF_TEST(many requests share one token) {
  CAF_CHECK_EQUAL(source->fetched, 0);
  for (auto i = 0; i < 10; ++i) {
    auto x = get();
    CAF_CHECK_EQUAL(x.value, "token-1");
    CAF_CHECK_EQUAL(x.generation, 1u);
    CAF_CHECK(x.error.empty());
    CAF_CHECK(x.renew_at > now());
  }
  CAF_CHECK_EQUAL(source->fetched, 1);
}

CAF_TEST(a token is renewed ahead of its end) {
  auto first = get();
  pass(54min, 1min);
  CAF_CHECK_EQUAL(source->fetched, 1);
  pass(1min);
  CAF_CHECK_EQUAL(source->fetched, 2);
  auto x = get();
  CAF_CHECK_EQUAL(x.value, "token-2");
  CAF_CHECK_EQUAL(x.generation, 2u);
  CAF_CHECK(first.renew_at <= now());
  pass(55min, 1min);
  CAF_CHECK_EQUAL(source->fetched, 3);
}

CAF_TEST(a refused token is renewed only if it is the current one) {
  get();
  auto x = get(1);
  CAF_CHECK_EQUAL(x.generation, 2u);
  // The others whose requests were refused with the first one.
  for (auto i = 0; i < 5; ++i)
    CAF_CHECK_EQUAL(get(1).generation, 2u);
  CAF_CHECK_EQUAL(source->fetched, 2);
  CAF_CHECK_EQUAL(get(2).generation, 3u);
  // The timers of the earlier ones are void.
  pass(54min, 1min);
  CAF_CHECK_EQUAL(source->fetched, 3);
  pass(1min);
  CAF_CHECK_EQUAL(source->fetched, 4);
}

CAF_TEST(those who share a token hear of its refusal) {
  auto mine = get();
  auto theirs = get();
  *mine.refused = true;
  CAF_CHECK(*theirs.refused);
  CAF_CHECK(*get().refused); // it is the same still
  CAF_CHECK(!*get(1).refused);
}

CAF_TEST(failures back off and say why) {
  source->empty = true;
  auto x = get();
  CAF_CHECK_EQUAL(x.generation, 0u);
  CAF_CHECK(x.value.empty());
  CAF_CHECK_EQUAL(x.error, "the purse is empty");
  for (auto i = 0; i < 10; ++i)
    get();
  CAF_CHECK_EQUAL(source->fetched, 1);
  pass(1s); // by itself
  CAF_CHECK_EQUAL(source->fetched, 2);
  pass(1s);
  CAF_CHECK_EQUAL(source->fetched, 2);
  pass(1s);
  CAF_CHECK_EQUAL(source->fetched, 3);
  pass(4s);
  CAF_CHECK_EQUAL(source->fetched, 4);
  source->empty = false;
  pass(8s);
  x = get();
  CAF_CHECK_EQUAL(x.generation, 1u);
  CAF_CHECK(x.error.empty());
  CAF_CHECK_EQUAL(source->fetched, 5);
}

CAF_TEST(the waits after failures are bounded) {
  source->empty = true;
  get();
  pass(10min, 1s);
  auto before = source->fetched;
  pass(60s, 1s);
  CAF_CHECK_EQUAL(source->fetched, before + 1);
}

CAF_TEST(a token that cannot be renewed serves until its end) {
  get();
  source->empty = true;
  pass(59min + 59s, 1s);
  CAF_CHECK(source->fetched > 2);
  auto x = get();
  CAF_CHECK_EQUAL(x.value, "token-1");
  CAF_CHECK_EQUAL(x.generation, 1u);
  // In the midst of a wait for the next try.
  auto before = source->fetched;
  pass(1s);
  x = get();
  CAF_CHECK_EQUAL(source->fetched, before);
  CAF_CHECK(x.value.empty());
  CAF_CHECK_EQUAL(x.generation, 0u);
  CAF_CHECK_EQUAL(x.error, "the purse is empty");
}

CAF_TEST(the number of a token is never used again) {
  get();
  source->empty = true;
  pass(65min, 1s);
  CAF_CHECK_EQUAL(get().generation, 0u);
  source->empty = false;
  pass(61s, 1s);
  auto x = get(1); // refused long ago
  CAF_CHECK_EQUAL(x.generation, 2u);
  auto before = source->fetched;
  get(1);
  CAF_CHECK_EQUAL(source->fetched, before);
}

CAF_TEST(a token says who pays) {
  CAF_CHECK_EQUAL(get().quota_project, "payer");
}

CAF_TEST(a short token is renewed when half of it is over) {
  source->lifetime = 4s;
  get();
  pass(1900ms);
  CAF_CHECK_EQUAL(source->fetched, 1);
  pass(100ms);
  CAF_CHECK_EQUAL(source->fetched, 2);
}

CAF_TEST(a token that ends at once is renewed once a second) {
  source->lifetime = 1s;
  auto x = get();
  CAF_CHECK_EQUAL(x.generation, 1u);
  CAF_CHECK(x.renew_at == now() + 1s);
  pass(900ms);
  CAF_CHECK_EQUAL(source->fetched, 1);
  pass(100ms);
  CAF_CHECK_EQUAL(source->fetched, 2);
  source->lifetime = 0s;
  pass(10s, 1s);
  CAF_CHECK_EQUAL(source->fetched, 12);
}

CAF_TEST(nobody keeps a token beyond its end) {
  source->lifetime = 64s;
  get();
  source->empty = true;
  pass(63s, 1s); // one try in 32 s would come behind the end
  auto x = get();
  CAF_CHECK_EQUAL(x.generation, 1u);
  CAF_CHECK(x.renew_at == now() + 1s);
}

CAF_TEST(new credentials are seen and used at once) {
  get();
  source->change.replaced = true;
  pass(29s, 1s);
  CAF_CHECK_EQUAL(source->fetched, 1);
  pass(1s);
  CAF_CHECK_EQUAL(source->fetched, 2);
  CAF_CHECK_EQUAL(get().value, "token-2");
  pass(5min, 1s);
  CAF_CHECK_EQUAL(source->fetched, 2);
}

CAF_TEST(new credentials end the wait after a failure) {
  source->empty = true;
  get();
  pass(5min, 1s);
  auto before = source->fetched;
  source->empty = false;
  source->change.replaced = true;
  pass(30s, 1s);
  CAF_CHECK(source->fetched > before);
  CAF_CHECK(get().generation > 0);
}

CAF_TEST(credentials that broke leave the token in use) {
  get();
  source->change.fault = "no JSON";
  pass(2min, 1s);
  CAF_CHECK_EQUAL(source->fetched, 1);
  CAF_CHECK_EQUAL(get().value, "token-1");
}

CAF_TEST(nothing is fetched for nobody) {
  source->change.replaced = true;
  pass(2min, 1s);
  CAF_CHECK(source->looked > 0);
  CAF_CHECK_EQUAL(source->fetched, 0);
}

CAF_TEST(what is thrown is not told) {
  source->broken = true;
  CAF_CHECK_EQUAL(get().error, "fetching a token failed within");
  source->broken = false;
  pass(1s);
  CAF_CHECK_EQUAL(get().generation, 1u);
}

CAF_TEST_FIXTURE_SCOPE_END()

namespace {

struct slow_fixture : deterministic {
  slow_fixture() {
    uut = start(token_behavior, fetcher_factory{[this](caf::actor_system& x) {
                  return fetcher = x.spawn(slow_behavior, box);
                }});
    for (auto& x : inboxes)
      x = start([&x](caf::event_based_actor*) -> caf::behavior {
        return {[&x](const internal::access& y) { x.got.push_back(y); }};
      });
  }

  /// An actor that asks, and what it was told.
  struct asker {
    caf::actor handle;
    std::vector<internal::access> got;

    asker& operator=(caf::actor x) {
      handle = std::move(x);
      return *this;
    }
  };

  void ask(asker& x, std::uint64_t refused = 0) {
    say(x.handle, uut, caf::get_atom_v, refused);
  }

  /// Ends the first fetch that is under way.
  void answer(const std::string& token) {
    box->next = token;
    caf::anon_send(fetcher, caf::update_atom_v);
    consume_messages();
  }

  std::shared_ptr<slow_fetcher> box = std::make_shared<slow_fetcher>();
  token_fetcher fetcher;
  asker inboxes[3];
  token_actor uut;
};

} // namespace

CAF_TEST_FIXTURE_SCOPE(slow_fetches, slow_fixture)

CAF_TEST(many who wait share one fetch) {
  for (auto& x : inboxes)
    ask(x);
  CAF_CHECK_EQUAL(box->asked, 1);
  for (auto& x : inboxes)
    CAF_CHECK(x.got.empty());
  answer("a");
  for (auto& x : inboxes) {
    CAF_REQUIRE_EQUAL(x.got.size(), 1u);
    CAF_CHECK_EQUAL(x.got[0].value, "a");
  }
}

CAF_TEST(who waits hears of the end) {
  auto& x = inboxes[0];
  ask(x);
  CAF_CHECK(x.got.empty());
  self->send_exit(uut, caf::exit_reason::user_shutdown);
  consume_messages();
  CAF_REQUIRE_EQUAL(x.got.size(), 1u);
  CAF_CHECK_EQUAL(x.got[0].generation, 0u);
  CAF_CHECK_EQUAL(x.got[0].error, "the token actor has ended");
}

CAF_TEST(nobody waits while the old token can be used) {
  ask(inboxes[0]);
  answer("a");
  pass(56min, 1min); // the renewal is under way, and stays so
  CAF_CHECK_EQUAL(box->asked, 2);
  ask(inboxes[1]);
  CAF_REQUIRE_EQUAL(inboxes[1].got.size(), 1u);
  CAF_CHECK_EQUAL(inboxes[1].got[0].value, "a");
  pass(5min, 1min); // the old one has ended
  ask(inboxes[2]);
  CAF_CHECK(inboxes[2].got.empty());
  CAF_CHECK_EQUAL(box->asked, 2);
  answer("b");
  CAF_REQUIRE_EQUAL(inboxes[2].got.size(), 1u);
  CAF_CHECK_EQUAL(inboxes[2].got[0].value, "b");
}

CAF_TEST(who was refused waits and the others do not ) {
  ask(inboxes[0]);
  answer("a");
  ask(inboxes[1], 1);
  CAF_CHECK(inboxes[1].got.empty());
  CAF_CHECK_EQUAL(box->asked, 2);
  ask(inboxes[2]); // with whom nothing is wrong so far
  CAF_REQUIRE_EQUAL(inboxes[2].got.size(), 1u);
  CAF_CHECK_EQUAL(inboxes[2].got[0].value, "a");
  ask(inboxes[2], 1);
  CAF_CHECK_EQUAL(box->asked, 2);
  answer("b");
  CAF_CHECK_EQUAL(inboxes[1].got.back().value, "b");
  CAF_CHECK_EQUAL(inboxes[2].got.back().value, "b");
  CAF_CHECK_EQUAL(inboxes[2].got.back().generation, 2u);
}

CAF_TEST_FIXTURE_SCOPE_END()
