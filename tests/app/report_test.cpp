#include "app/report.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <caf/error.hpp>

#include "bqstreamer/drain_report.hpp"
#include "bqstreamer/messages.hpp"

using namespace bqs;
using namespace bqs::app;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

TEST(report, digits_are_grouped) {
  EXPECT_EQ(group_digits(0), "0");
  EXPECT_EQ(group_digits(999), "999");
  EXPECT_EQ(group_digits(1000), "1,000");
  EXPECT_EQ(group_digits(123456), "123,456");
  EXPECT_EQ(group_digits(1234567), "1,234,567");
}

TEST(report, times_are_rfc_3339_in_utc) {
  std::chrono::system_clock::time_point epoch;
  EXPECT_EQ(rfc3339(epoch), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(rfc3339(epoch + 1769860800s + 7ms), "2026-01-31T12:00:00.007Z");
}

TEST(report, a_summary_is_one_object_or_one_line) {
  send_summary x{1'000'003, 1'000'000, 2, 5, 12.5};
  EXPECT_EQ(
    summary_json(x),
    R"({"rows":1000003,"stored":1000000,"failed":2,"unsettled":1,)"
    R"("possibly_duplicated":5,"seconds":12.5,"rows_per_second":80000})");
  EXPECT_EQ(summary_text(x),
            "1,000,003 rows: 1,000,000 stored, 2 failed, 1 unknown (5 of the "
            "stored may be there twice); 12.5 s, 80,000 rows/s");
  EXPECT_EQ(summary_text({1, 1, 0, 0, 0}),
            "1 row: 1 stored, 0 failed; 0.0 s, 0 rows/s");
}

TEST(report, progress_shows_a_bar_only_if_the_end_is_known) {
  send_summary x{2000, 1000, 0, 0, 1.0};
  EXPECT_EQ(progress_text(x, 0.5),
            "[##########..........]  50%  2,000 read, 1,000 stored, 0 failed, "
            "1,000 rows/s");
  EXPECT_EQ(progress_text(x, 1.2).substr(0, 28),
            "[####################] 100% ");
  EXPECT_EQ(progress_text(x, -1),
            "2,000 read, 1,000 stored, 0 failed, 1,000 rows/s");
}

TEST(report, a_failed_line_tells_where_and_why) {
  failure_reason why{"invalid", "no such field: \"x\".", "x", 200, true};
  EXPECT_EQ(failed_line("a b.json", 17, why),
            R"({"file":"a b.json","line":17,"reason":"invalid",)"
            R"("message":"no such field: \"x\".","location":"x",)"
            R"("http_status":200,"uncertain":true})");
  why.message = "\xC2\x9B";
  EXPECT_NE(failed_line("f", 1, why).find(R"("message":"\u009b")"),
            std::string::npos);
  why.message = "\xFF";
  EXPECT_TRUE(json::accept(failed_line("f", 1, why)));
}

failure sample() {
  failure x;
  x.table = {"", "shop", "events", ""};
  x.why = {"invalid", "no such field: x.", "x", 200, false};
  x.attempts = 2;
  x.time = caf::timestamp{1769860800s};
  return x;
}

TEST(report, a_failed_row_is_shown_as_it_came) {
  auto line
    = failed_row_line(sample(), {"id-1", "{\"n\":1.50,\n \"m\":1e999}"});
  EXPECT_EQ(line,
            R"({"table":"shop.events","time":"2026-01-31T12:00:00.000Z",)"
            R"("reason":"invalid","message":"no such field: x.",)"
            R"("location":"x","http_status":200,"uncertain":false,)"
            R"("attempts":2,"insert_id":"id-1","row":{"n":1.50,  "m":1e999}})");
}

TEST(report, a_failed_row_does_not_steer_a_terminal) {
  auto line = failed_row_line(sample(), {"i", "{\"n\":\t\"\xC2\x9B\"}"});
  EXPECT_NE(line.find(R"("row":{"n": "\u009b"}})"), std::string::npos) << line;
}

TEST(report, a_failed_row_that_is_no_json_is_a_text) {
  auto line = failed_row_line(sample(), {"", "{\"n\":\n"});
  EXPECT_EQ(json::parse(line).at("row"), "{\"n\":\n");
  EXPECT_EQ(line.find('\n'), std::string::npos);
}

TEST(report, a_failed_row_that_is_no_text_is_encoded) {
  struct row {
    std::string bytes;
    const char* base64;
  };
  const row table[] = {
    {"\xFF", "/w=="},
    {"\xFF\xFE", "//4="},
    {"\xFF\xFE\xFD", "//79"},
    {"{\"n\":\"\xE4\"}", "eyJuIjoi5CJ9"},
  };
  for (auto& [bytes, base64] : table) {
    auto x = json::parse(failed_row_line(sample(), {"", bytes}));
    EXPECT_EQ(x.at("row_base64"), base64);
    EXPECT_FALSE(x.contains("row"));
  }
}

TEST(report, a_drain_is_told_table_by_table_with_its_balance) {
  drain_report x;
  x.tables.push_back({"shop.events", {1000, 997, 3, 0, 0}, 2});
  x.total = {1000, 997, 3, 0, 0};
  x.shut_down = 2;
  EXPECT_EQ(drain_text(x),
            "TABLE        ACCEPTED  STORED  FAILED  OF THESE SHUT DOWN  HELD\n"
            "shop.events     1,000     997       3                   2     0\n"
            "total           1,000     997       3                   2     0\n"
            "the books balance: accepted = stored + failed + held\n");
  x.unwritten = 2;
  x.unwritten_reason = "cannot write to /a: No space left on device";
  EXPECT_TRUE(drain_text(x).ends_with(
    "held: 2 failed rows, their dead letters were not written: cannot write to "
    "/a: No space left on device\n"));
  x.total.failed = 0;
  EXPECT_NE(drain_text(x).find("THE BOOKS DO NOT BALANCE: accepted !="),
            std::string::npos);
}

} // namespace
