#define CAF_SUITE isolation

#include <map>
#include <set>
#include <utility>

#include "tests/house.hpp"

using namespace bqs;
using namespace bqs::internal;
using namespace bqs::test;
using namespace std::chrono_literals;

namespace {

/// The service answers at the next step but one.
constexpr auto tick = 500ms;
constexpr auto healthy_tables = 50u;

http::outcome timed_out() {
  auto x = sick(0);
  x.reason = "timeout";
  return x;
}

/// A node under steady load to many tables, all slots in use: the service
/// takes one step of the clock for a healthy table, 30 s for the slow one and
/// fails the sick one at once.
struct crowd : house {
  explicit crowd(std::vector<std::string> sick_tables)
    : troubled(std::move(sick_tables)) {
    options.max_in_flight = 8;
    options.start_in_flight = 0;
    for (auto i = 0u; i < healthy_tables; ++i)
      healthy.push_back("shop.t" + std::to_string(i));
    open();
  }

  static bool is_of(const service::post& x, const char* table) {
    return x.what.to->path.find(table) != std::string::npos;
  }

  /// What the service answers to a request that is so old; nothing yet.
  static std::optional<http::outcome> answer_to(const service::post& x,
                                                std::chrono::nanoseconds age) {
    if (is_of(x, "/slow/"))
      return age >= 30s ? std::optional{timed_out()} : std::nullopt;
    if (is_of(x, "/sick/"))
      return sick(503);
    return age >= tick ? std::optional{all_stored()} : std::nullopt;
  }

  /// Each table gets rows enough for a batch.
  void feed() {
    auto number = fed++ * 10;
    for (auto* tables : {&healthy, &troubled})
      for (auto& x : *tables)
        caf::send_as(me, door, make_block(number, 10, x, stream_of(x)));
    consume_messages();
  }

  std::uint8_t stream_of(const std::string& table) {
    auto next = static_cast<std::uint8_t>(streams.size() + 1);
    return streams.emplace(table, next).first->second;
  }

  /// The service answers what is due.
  void serve() {
    std::size_t ill = 0;
    for (auto i = google->open.begin(); i != google->open.end();) {
      auto since = began.emplace(i->worker, now()).first->second;
      auto is_ill = is_of(*i, "/slow/") || is_of(*i, "/sick/");
      ill += is_ill ? 1u : 0u;
      auto x = answer_to(*i, now() - since);
      if (!x) {
        ++i;
        continue;
      }
      began.erase(i->worker);
      if (!is_ill) {
        ++answered;
        served.insert(i->what.to->path);
      }
      self->send(i->worker, google->result(i->what, std::move(*x)));
      i = google->open.erase(i);
    }
    most_ill = std::max(most_ill, ill);
    consume_messages();
  }

  /// Requests of healthy tables that are answered in so many steps.
  std::size_t run(std::size_t steps) {
    answered = 0;
    while (steps-- > 0) {
      feed();
      serve();
      advance_time(tick);
    }
    return std::exchange(answered, 0);
  }

  std::vector<std::string> healthy;
  std::vector<std::string> troubled;
  std::map<std::string, std::uint8_t> streams;
  std::uint64_t fed = 0;
  std::map<caf::actor, time_point> began;
  std::size_t answered = 0;
  std::set<std::string> served;
  /// Most slots that tables in trouble had at once.
  std::size_t most_ill = 0;
};

struct fixture {};

} // namespace

CAF_TEST_FIXTURE_SCOPE(isolation_tests, fixture)

CAF_TEST(a sick and a slow table take two slots at most) {
  std::size_t without = 0;
  {
    crowd x{{}};
    without = x.run(80);
    x.books();
  }
  crowd x{{"shop.sick", "shop.slow"}};
  auto with = x.run(80);
  CAF_MESSAGE("healthy requests: " << without << ", beside sick ones " << with);
  CAF_CHECK(x.most_ill <= 2u);
  CAF_CHECK_EQUAL(x.served.size(), healthy_tables);
  // Eight slots less the two.
  CAF_CHECK(with * 8 >= without * 6);
  x.books();
}

CAF_TEST(every healthy table has its turn while others are stuck) {
  crowd x{{"shop.sick", "shop.slow"}};
  x.run(10);
  for (auto i = 0; i < 4; ++i) {
    x.served.clear();
    x.run(20); // 50 tables, six slots, two steps for each request
    CAF_CHECK_EQUAL(x.served.size(), healthy_tables);
  }
}

CAF_TEST(a table that stalls alone leaves half of the slots to who comes) {
  crowd x{{"shop.slow"}};
  auto stall = [&] {
    for (auto i = 0u; i < 20; ++i) {
      x.send(make_block(x.fed++ * 10, 10, "shop.slow", 99));
      x.serve();
    }
  };
  x.send(make_block(0, 10, "shop.t0", 98)); // so that it is not alone
  x.serve();
  stall();
  CAF_CHECK_EQUAL(x.most_ill, 4u);
  x.advance_time(5s);
  stall();
  CAF_CHECK_EQUAL(x.most_ill, 4u);
}

CAF_TEST_FIXTURE_SCOPE_END()
