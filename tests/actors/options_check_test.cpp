#include "actors/options_check.hpp"

#include <functional>

#include <gtest/gtest.h>

namespace bqs {

namespace {

/// What is wrong with the defaults once `change` was made.
std::string after(const std::function<void(node_options&)>& change) {
  node_options x;
  change(x);
  return check_options(x);
}

} // namespace

TEST(options_check, the_defaults_are_fine) {
  EXPECT_EQ(check_options({}), "");
}

TEST(options_check, what_a_node_cannot_work_with_is_named) {
  EXPECT_EQ(after([](auto& x) { x.max_in_flight = 0; }),
            "dispatch.max-in-flight must be from 1 to 1024, not 0");
  EXPECT_EQ(after([](auto& x) { x.streamers_per_table = 0; }),
            "streamers.per-table must be from 1 to 64, not 0");
  EXPECT_EQ(after([](auto& x) { x.receipts_window = 0; }),
            "receipts.window must be from 1 to 1000000, not 0");
  EXPECT_EQ(after([](auto& x) { x.bigquery.timeout = 0ms; }),
            "bigquery.timeout must be from 100 to 3600000 ms, not 0");
  EXPECT_EQ(after([](auto& x) { x.defaults.batch.max_bytes = 10u << 20; }),
            "batch.max-bytes must be from 1024 to 9437184 bytes, not "
            "10485760");
  EXPECT_EQ(after([](auto& x) { x.defaults.batch.rows = 0; }),
            "batch.rows must be from 1 to 50000, not 0");
  EXPECT_EQ(after([](auto& x) { x.drain_timeout = -1ms; }),
            "drain.timeout must be from 0 to 86400000 ms, not -1");
}

TEST(options_check, what_does_not_fit_together_is_named) {
  EXPECT_EQ(after([](auto& x) { x.defaults.batch.rows = 6000; }),
            "batch.rows must be at most batch.max-rows");
  EXPECT_EQ(after([](auto& x) { x.defaults.retry.base = 1min; }),
            "retry.base must be at most retry.cap");
  EXPECT_EQ(after([](auto& x) { x.max_block_bytes = x.max_buffered_bytes; }),
            "budget.max-block-bytes must be at most half of "
            "budget.max-buffered-bytes");
}

TEST(options_check, a_table_has_options_of_its_own) {
  EXPECT_EQ(
    after([](auto& x) { x.tables["shop.events"].batch.max_rows = 0; }),
    "[table.shop.events] batch.max-rows must be from 1 to 50000, not 0");
}

} // namespace bqs
