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
  EXPECT_EQ(plan.latency, 12ms);
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

TEST(fault_board, lists_its_texts) {
  fault_board uut{1};
  uut.set(faults({"status=503", "reset=after"}));
  EXPECT_EQ(uut.list(),
            (std::vector<std::string>{"status=503", "reset=after"}));
  uut.set({});
  EXPECT_TRUE(uut.list().empty());
}

} // namespace
