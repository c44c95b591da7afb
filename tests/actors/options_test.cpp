#include "bqstreamer/options.hpp"

#include <gtest/gtest.h>

namespace bqs {

TEST(options, of_a_table_are_its_own_or_the_defaults) {
  node_options x;
  x.defaults.batch.rows = 7;
  auto own = x.defaults;
  own.batch.rows = 9;
  x.tables["shop.events"] = own;
  EXPECT_EQ(x.of("shop", "events").batch.rows, 9u);
  EXPECT_EQ(x.of("shop", "other").batch.rows, 7u);
  EXPECT_EQ(x.of("store", "events").batch.rows, 7u);
}

TEST(options, of_a_partition_are_those_of_its_table) {
  node_options x;
  x.tables["shop.events"].batch.rows = 9;
  EXPECT_EQ(x.of("shop", "events$20260131").batch.rows, 9u);
}

TEST(options, have_the_documented_defaults) {
  node_options x;
  EXPECT_EQ(x.defaults.batch.rows, 500u);
  EXPECT_EQ(x.defaults.batch.bytes, 1u << 20);
  EXPECT_EQ(x.defaults.batch.age, 1s);
  EXPECT_EQ(x.defaults.batch.max_rows, 5000u);
  EXPECT_EQ(x.defaults.batch.max_bytes, 5u << 20);
  EXPECT_EQ(x.defaults.retry.base, 500ms);
  EXPECT_EQ(x.defaults.retry.cap, 32s);
  EXPECT_EQ(x.defaults.retry.max_attempts, retry_options::unlimited);
  EXPECT_EQ(x.defaults.retry.max_age, 24h);
  EXPECT_EQ(x.defaults.retry.probe_rows, 10u);
  EXPECT_EQ(x.max_in_flight, 32u);
  EXPECT_EQ(x.retry_tokens, 100u);
  EXPECT_EQ(x.max_buffered_bytes, 256u << 20);
  EXPECT_EQ(x.max_block_bytes, 10u << 20);
  EXPECT_EQ(x.drain_timeout, 60s);
}

} // namespace bqs
