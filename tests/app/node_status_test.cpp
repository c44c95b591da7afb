#include "app/node_status.hpp"

#include <gtest/gtest.h>

using namespace bqs;
using namespace bqs::app;

namespace {

TEST(node_status, all_that_a_node_says_is_read) {
  auto read = read_status(R"({
    "node":{"version":"0.1.0","protocol":"bqstreamer/1","draining":true,
            "uptime_seconds":3600},
    "total":{"accepted":10,"stored":6,"failed":1,"held":3,
             "possibly_duplicated":2},
    "tables":[{"table":"a.b","state":"missing","reason":"Not found",
      "since":"2026-01-31T12:00:00.123456Z",
               "accepted":10,"stored":6,"failed":1,"held":3,
               "possibly_duplicated":2,"lanes":4}],
    "budget":{"used":5,"limit":7},
    "refused":{"overloaded":3,"draining":0},
    "restarts":{"http":2},"paused":{"all":true,"exceptions":["a.c"]},
    "in_flight":8,"in_flight_limit":16,"subscribers":9,"missed":11,"receipts_unsent":12,
    "something":"new"})");
  ASSERT_TRUE(std::holds_alternative<node_status>(read))
    << std::get<std::string>(read);
  auto& x = std::get<node_status>(read);
  const table_ledger books{10, 6, 1, 3, 2};
  EXPECT_EQ(x.version, "0.1.0");
  EXPECT_EQ(x.protocol, "bqstreamer/1");
  EXPECT_EQ(x.uptime_seconds, 3600u);
  EXPECT_TRUE(x.draining);
  EXPECT_EQ(x.total, books);
  ASSERT_EQ(x.tables.size(), 1u);
  EXPECT_EQ(x.tables[0].table, "a.b");
  EXPECT_EQ(x.tables[0].state, "missing");
  EXPECT_EQ(x.tables[0].reason, "Not found");
  ASSERT_EQ(x.restarts.size(), 1u);
  EXPECT_EQ(x.restarts[0].second, 2u);
  EXPECT_TRUE(x.paused_all);
  EXPECT_EQ(x.pause_exceptions, std::vector<std::string>{"a.c"});
  EXPECT_EQ(x.receipts_unsent, 12u);
  EXPECT_EQ(x.tables[0].since, "2026-01-31T12:00:00.123456Z");
  EXPECT_EQ(x.tables[0].books, books);
  EXPECT_EQ(x.tables[0].streamers, 4u);
  EXPECT_EQ(x.budget_used, 5u);
  EXPECT_EQ(x.budget_limit, 7u);
  ASSERT_EQ(x.refused.size(), 2u);
  EXPECT_EQ(x.refused[0].first, "overloaded");
  EXPECT_EQ(x.refused[0].second, 3u);
  EXPECT_EQ(x.in_flight, 8u);
  EXPECT_EQ(x.in_flight_limit, 16u);
  EXPECT_EQ(x.subscribers, 9u);
  EXPECT_EQ(x.missed, 11u);
  EXPECT_FALSE(x.dead_letters);
}

TEST(node_status, dead_letters_are_read_where_there_are_any) {
  auto read = read_status(R"({"node":{},"total":{},"tables":[],"budget":{},
    "refused":{},"dead_letters":{"directory":"/a","written":1,"waiting":2,
    "bytes":3,"limit":4,"dropped_files":5,"error":"sick"}})");
  ASSERT_TRUE(std::holds_alternative<node_status>(read));
  auto& x = std::get<node_status>(read).dead_letters;
  ASSERT_TRUE(x);
  EXPECT_EQ(x->directory, "/a");
  EXPECT_EQ(x->written, 1u);
  EXPECT_EQ(x->waiting, 2u);
  EXPECT_EQ(x->bytes, 3u);
  EXPECT_EQ(x->limit, 4u);
  EXPECT_EQ(x->dropped_files, 5u);
  EXPECT_EQ(x->error, "sick");
}

TEST(node_status, a_status_that_is_not_understood_is_told) {
  for (auto bad : {"", "{}", "[]", "null", R"({"node":1})",
                   R"({"node":{},"total":{},"tables":[{}],"budget":{},)"
                   R"("refused":{}})",
                   R"({"node":{},"total":{"stored":"x"},"tables":[],)"
                   R"("budget":{},"refused":{}})"})
    EXPECT_TRUE(std::holds_alternative<std::string>(read_status(bad))) << bad;
}

TEST(node_status, what_is_no_status_is_not_quoted) {
  for (auto bad :
       {R"("topsecretpassphrase)", "topsecretpassphrase", R"({"tops":)",
        R"({"node":"topsecretpassphrase"})", R"("topsecretpassphrase")",
        R"({"node":{},"total":{"topsecret":1},"tables":"topsecret"})"}) {
    auto read = read_status(bad);
    ASSERT_TRUE(std::holds_alternative<std::string>(read)) << bad;
    EXPECT_EQ(std::get<std::string>(read).find("tops"), std::string::npos)
      << std::get<std::string>(read);
  }
}

node_status at(std::uint64_t uptime, std::uint64_t stored,
               std::uint64_t failed) {
  node_status x;
  x.uptime_seconds = uptime;
  x.total.stored = stored;
  x.total.failed = failed;
  x.tables.push_back({"a.b", "ok", "", "", x.total, 1});
  return x;
}

TEST(node_status, rates_are_rows_per_second_since_the_one_before) {
  auto now = at(102, 300, 7);
  now.tables.insert(now.tables.begin(),
                    {"a.a", "ok", "", "", {50, 50, 0, 0, 0}, 1});
  auto rates = rates_between(at(100, 200, 5), now, 2.0);
  EXPECT_EQ(rates.total.stored, 50);
  EXPECT_EQ(rates.total.failed, 1);
  ASSERT_EQ(rates.tables.size(), 2u);
  EXPECT_EQ(rates.tables[0].stored, 25); // a new table
  EXPECT_EQ(rates.tables[1].stored, 50);
  EXPECT_EQ(rates.tables[1].failed, 1);
}

TEST(node_status, a_node_that_was_restarted_counts_from_nothing) {
  auto rates = rates_between(at(100, 200, 5), at(1, 30, 0), 2.0);
  EXPECT_EQ(rates.total.stored, 15);
  EXPECT_EQ(rates.tables.at(0).stored, 15);
  EXPECT_EQ(rates.total.failed, 0);
}

TEST(node_status, no_rate_is_negative_or_infinite) {
  auto rates = rates_between(at(100, 200, 5), at(101, 100, 0), 1.0);
  EXPECT_EQ(rates.total.stored, 0);
  EXPECT_EQ(rates.tables.at(0).failed, 0);
  EXPECT_EQ(rates_between(at(1, 1, 1), at(1, 2, 2), 0).total.stored, 0);
}

} // namespace
