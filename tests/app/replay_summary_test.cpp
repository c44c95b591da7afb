#include "app/replay_summary.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace bqs::app {

namespace {

replay_summary sample() {
  replay_summary x;
  x.groups[{"p:d.a", "invalid"}] = {10, 2, 1, 4, 3, 1};
  x.groups[{"p:d.b", "expired"}] = {1'000, 0, 0, 1'000, 0, 0};
  x.malformed = 1;
  return x;
}

} // namespace

TEST(replay_summary, each_line_that_was_read_has_one_fate) {
  auto total = sample().total();
  EXPECT_EQ(total.read, 1'010u);
  EXPECT_EQ(total.wanted(), 1'007u);
  EXPECT_EQ(total.unsettled(), 0u);
  EXPECT_EQ(total.read,
            total.skipped + total.copies + total.stored + total.failed);
}

TEST(replay_summary, is_told_by_table_and_reason) {
  EXPECT_EQ(
    summary_text(sample()),
    "TABLE  REASON    READ  SKIPPED  COPIES  STORED  FAILED AGAIN  UNKNOWN\n"
    "p:d.a  invalid     10        2       1       4             3        0\n"
    "p:d.b  expired  1,000        0       0   1,000             0        0\n"
    "total           1,010        2       1   1,004             3        0\n"
    "1 line is no dead letter\n"
    "1 of the stored may be there twice\n");
}

TEST(replay_summary, a_dry_run_says_what_would_be_sent) {
  replay_summary x;
  x.dry_run = true;
  x.groups[{"p:d.a", "invalid"}] = {10, 2, 1, 0, 0, 0};
  EXPECT_EQ(summary_text(x),
            "TABLE  REASON   READ  SKIPPED  COPIES  WOULD BE SENT\n"
            "p:d.a  invalid    10        2       1              7\n"
            "total             10        2       1              7\n");
  auto json = nlohmann::json::parse(summary_json(x));
  EXPECT_EQ(json["would_send"], 7);
  EXPECT_FALSE(json.contains("stored"));
}

TEST(replay_summary, is_json_for_programs) {
  auto json = nlohmann::json::parse(summary_json(sample()));
  EXPECT_EQ(json["read"], 1'010);
  EXPECT_EQ(json["stored"], 1'004);
  EXPECT_EQ(json["malformed"], 1);
  ASSERT_EQ(json["groups"].size(), 2u);
  EXPECT_EQ(json["groups"][0]["table"], "p:d.a");
  EXPECT_EQ(json["groups"][0]["failed"], 3);
  EXPECT_EQ(json["groups"][1]["reason"], "expired");
}

TEST(replay_summary, a_bad_line_is_named) {
  EXPECT_EQ(malformed_line("a.ndjson", 7, "there is no row"),
            R"({"file":"a.ndjson","line":7,"reason":"malformed",)"
            R"("message":"there is no row"})");
}

} // namespace bqs::app
