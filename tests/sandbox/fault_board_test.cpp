#include "sandbox/fault_board.hpp"

#include <algorithm>

#include <gtest/gtest.h>

namespace {

using namespace bqs::sandbox;
using namespace std::chrono_literals;

std::vector<fault> faults(std::initializer_list<const char*> specs) {
  std::vector<fault> result;
  for (auto spec : specs)
    result.push_back(std::get<fault>(parse_fault(spec)));
  return result;
}

TEST(fault_board, matches_method_and_table) {
  fault_board uut{1};
  uut.set(faults({"table=d.t,status=503"}));
  EXPECT_TRUE(uut.draw(api_method::insert_all, "d.t").outcome);
  EXPECT_FALSE(uut.draw(api_method::insert_all, "d.u").outcome);
  EXPECT_FALSE(uut.draw(api_method::tables_get, "d.t").outcome);
}

TEST(fault_board, counts_down) {
  fault_board uut{1};
  uut.set(faults({"status=503,count=2", "status=500"}));
  EXPECT_EQ(uut.draw(api_method::insert_all, "d.t").outcome->status, 503);
  EXPECT_EQ(uut.draw(api_method::insert_all, "d.t").outcome->status, 503);
  EXPECT_EQ(uut.draw(api_method::insert_all, "d.t").outcome->status, 500);
}

TEST(fault_board, adds_latencies_to_the_first_outcome) {
  fault_board uut{1};
  uut.set(faults({"latency=5ms", "status=503", "latency=7ms", "status=500"}));
  auto plan = uut.draw(api_method::insert_all, "d.t");
  EXPECT_EQ(plan.latency(0), 12ms);
  EXPECT_EQ(plan.outcome->status, 503);
}

TEST(fault_board, chance_comes_from_the_seed) {
  auto sample = [](std::uint64_t seed) {
    fault_board uut{seed};
    uut.set(faults({"status=503,probability=0.3"}));
    std::string result;
    for (auto i = 0; i < 1'000; ++i)
      result += uut.draw(api_method::insert_all, "d.t").outcome ? 'x' : '.';
    return result;
  };
  auto x = sample(1);
  EXPECT_EQ(x, sample(1));
  EXPECT_NE(x, sample(2));
  auto hits = std::count(x.begin(), x.end(), 'x');
  EXPECT_GT(hits, 200);
  EXPECT_LT(hits, 400);
}

TEST(fault_board, faults_have_luck_of_their_own) {
  auto sample = [](std::initializer_list<const char*> specs) {
    fault_board uut{1};
    uut.set(faults(specs));
    std::string result;
    for (auto i = 0; i < 1'000; ++i) {
      auto plan = uut.draw(api_method::insert_all, "d.t");
      result += plan.latency(0) > 0ms ? 'x' : '.';
    }
    return result;
  };
  auto x = sample({"latency=1ms,probability=0.5"});
  EXPECT_EQ(
    x, sample({"latency=1ms,probability=0.5", "status=503,probability=0.5"}));
  EXPECT_NE(x, sample({"status=503", "latency=1ms,probability=0.5"}));
}

TEST(fault_board, a_new_list_begins_anew) {
  fault_board uut{1};
  auto sample = [&] {
    uut.set(faults({"status=503,probability=0.5"}));
    std::string result;
    for (auto i = 0; i < 100; ++i)
      result += uut.draw(api_method::insert_all, "d.t").outcome ? 'x' : '.';
    return result;
  };
  auto x = sample();
  EXPECT_EQ(x, sample());
}

TEST(fault_board, takes_every_nth) {
  fault_board uut{1};
  uut.set(faults({"status=503,nth=3"}));
  std::string result;
  for (auto i = 0; i < 7; ++i)
    result += uut.draw(api_method::insert_all, "d.t").outcome ? 'x' : '.';
  EXPECT_EQ(result, "..x..x.");
}

TEST(fault_board, patterns_of_tables) {
  fault_board uut{1};
  uut.set(faults({"status=503,table=d.*"}));
  EXPECT_TRUE(uut.draw(api_method::insert_all, "d.t").outcome);
  EXPECT_FALSE(uut.draw(api_method::insert_all, "e.t").outcome);
}

TEST(fault_board, schedules_count_from_the_moment_of_setting) {
  auto now = std::chrono::system_clock::time_point{1'000h};
  fault_board uut{1, [&] { return now; }};
  now += 1h;
  uut.set(faults({"status=503,from=10s,for=5s"}));
  auto hit = [&] {
    return uut.draw(api_method::insert_all, "d.t").outcome.has_value();
  };
  EXPECT_FALSE(hit());
  now += 10s;
  EXPECT_TRUE(hit());
  now += 5s;
  EXPECT_FALSE(hit());
}

TEST(fault_board, a_clock_that_is_set_back_stops_nothing) {
  auto now = std::chrono::system_clock::time_point{1'000h};
  fault_board uut{1, [&] { return now; }};
  uut.set(faults({"status=503"}));
  now -= 1h;
  EXPECT_TRUE(uut.draw(api_method::insert_all, "d.t").outcome);
}

TEST(fault_board, windows_follow_the_life_of_a_table) {
  auto now = std::chrono::system_clock::time_point{1'000h};
  table_history history;
  fault_board uut{1, [&] { return now; }, &history};
  uut.set(faults({"new-table-404=60s", "recreate-loss=60s"}));
  auto draw = [&] { return uut.draw(api_method::insert_all, "d.t"); };
  EXPECT_FALSE(draw().outcome);
  history.created("d", "t", now);
  EXPECT_EQ(draw().outcome->window, table_window::created);
  EXPECT_FALSE(draw().lose_rows);
  EXPECT_FALSE(uut.draw(api_method::tables_get, "d.t").outcome);
  now += 60s;
  EXPECT_FALSE(draw().outcome);
  history.deleted("d", "t");
  history.created("d", "t", now);
  EXPECT_TRUE(draw().lose_rows);
  now += 60s;
  EXPECT_FALSE(draw().lose_rows);
}

TEST(fault_board, each_table_draws_its_own_window) {
  auto now = std::chrono::system_clock::time_point{1'000h};
  table_history history;
  auto sample = [&](std::uint64_t seed) {
    fault_board uut{seed, [&] { return now; }, &history};
    uut.set(faults({"new-table-404=0s..120s"}));
    std::string result;
    for (auto i = 0; i < 100; ++i) {
      auto name = "t" + std::to_string(i);
      history.created("d", name, now - 60s);
      auto plan = uut.draw(api_method::insert_all, "d." + name);
      result += plan.outcome ? 'x' : '.';
    }
    return result;
  };
  auto x = sample(1);
  EXPECT_EQ(x, sample(1));
  EXPECT_NE(x, sample(2));
  auto hits = std::count(x.begin(), x.end(), 'x');
  EXPECT_GT(hits, 30);
  EXPECT_LT(hits, 70);
}

TEST(fault_board, lists_its_texts) {
  fault_board uut{1};
  uut.set(faults({"status=503", "reset=after"}));
  EXPECT_EQ(uut.list(),
            (std::vector<std::string>{"status=503", "reset=after"}));
  uut.set({});
  EXPECT_TRUE(uut.list().empty());
}

TEST(fault_board, a_body_comes_over_the_narrowest_line) {
  fault_board uut{1};
  uut.set(faults({"bandwidth=1MB/s", "bandwidth=2MB/s", "status=503"}));
  narrow_line::time_point now{1'000h};
  auto plan = uut.draw(api_method::insert_all, "d.t");
  EXPECT_TRUE(plan.outcome);
  EXPECT_EQ(plan.pause(105'000, now), 100ms);
  // The next request's comes behind it.
  auto next = uut.draw(api_method::insert_all, "d.u");
  EXPECT_EQ(next.pause(100'000, now), 200ms);
}

} // namespace
