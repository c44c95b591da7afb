#define CAF_SUITE token_actor

#include "actors/token_actor.hpp"

#include "tests/fixture.hpp"

using namespace bqs;
using namespace bqs::test;
using namespace std::chrono_literals;

namespace {

/// Counts what it is asked for.
struct purse : http::credentials {
  std::variant<http::token, std::string> fetch() override {
    ++fetched;
    if (empty)
      return "the purse is empty";
    return http::token{"token-" + std::to_string(fetched), 3600s};
  }

  int fetched = 0;
  bool empty = false;
};

struct fixture : deterministic {
  fixture() {
    uut = start(token_behavior, std::shared_ptr<http::credentials>{source});
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

CAF_TEST_FIXTURE_SCOPE_END()
