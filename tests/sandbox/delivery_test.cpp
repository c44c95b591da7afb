#include "sandbox/delivery.hpp"

#include <numeric>

#include <gtest/gtest.h>

namespace {

using namespace bqs::sandbox;
using namespace std::chrono_literals;

std::size_t bytes_of(const std::vector<portion>& x) {
  return std::accumulate(
    x.begin(), x.end(), std::size_t{0},
    [](auto sum, auto& each) { return sum + each.bytes * each.times; });
}

TEST(delivery, truncates_the_body_not_the_head) {
  delivery how;
  how.truncate = 10;
  EXPECT_EQ(bytes_of(cut_answer(100, 50, how)), 110u);
  EXPECT_EQ(bytes_of(cut_answer(100, 5, how)), 105u);
  how = {};
  how.truncate_half = true;
  EXPECT_EQ(bytes_of(cut_answer(100, 50, how)), 125u);
  EXPECT_EQ(bytes_of(cut_answer(100, 0, how)), 100u);
}

TEST(delivery, stalls_after_half_of_the_body) {
  delivery how;
  how.stall = 5s;
  EXPECT_EQ(cut_answer(100, 50, how),
            (std::vector<portion>{{100, 0s}, {25, 5s}, {25, 0s}}));
}

TEST(delivery, stalls_where_it_truncates) {
  delivery how;
  how.stall = 5s;
  how.truncate = 0;
  EXPECT_EQ(cut_answer(100, 50, how),
            (std::vector<portion>{{100, 0s}, {0, 5s}, {0, 0s}}));
}

TEST(delivery, drips_in_time) {
  delivery how;
  how.drip = 100;
  auto all = cut_answer(100, 50, how);
  EXPECT_EQ(bytes_of(all), 150u);
  std::chrono::microseconds sum{0};
  for (auto& x : all)
    sum += x.pause * static_cast<int>(x.times);
  EXPECT_EQ(sum, 500ms);
  EXPECT_EQ(all[1].bytes, 10u);
}

TEST(delivery, drips_ten_times_a_second_whatever_the_size) {
  delivery how;
  how.drip = 1'000;
  auto all = cut_answer(100, 10'000'000, how);
  EXPECT_EQ(bytes_of(all), 10'000'100u);
  EXPECT_EQ(all[1], (portion{100, 100ms, 50'000}));
}

TEST(delivery, drips_of_a_large_answer_are_a_short_list) {
  delivery how;
  how.drip = 0.001;
  auto all = cut_answer(100, 10'000'000, how);
  EXPECT_EQ(bytes_of(all), 10'000'100u);
  EXPECT_LT(all.size(), 10u);
}

TEST(delivery, stalls_between_drips) {
  delivery how;
  how.drip = 100;
  how.stall = 5s;
  EXPECT_EQ(
    cut_answer(100, 50, how),
    (std::vector<portion>{
      {100, 0s}, {10, 100ms, 2}, {5, 5s + 50ms}, {10, 100ms, 2}, {5, 50ms}}));
}

} // namespace
