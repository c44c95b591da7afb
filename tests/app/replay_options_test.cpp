#include "app/replay_options.hpp"

#include <gtest/gtest.h>

namespace bqs::app {

namespace {

replay_options sample() {
  replay_options x;
  x.node = "host:1";
  x.files = {"a.ndjson"};
  return x;
}

/// What is wrong with the options.
std::string fault_of(const replay_options& x) {
  auto result = check(x);
  auto why = std::get_if<std::string>(&result);
  return why ? *why : "none";
}

replay_filter filter_of(const replay_options& x) {
  return std::get<replay_filter>(check(x));
}

dead_letter letter(const std::string& table, const std::string& reason,
                   const std::string& time = "2026-01-31T12:00:00Z") {
  dead_letter x;
  x.table = *parse_table(table);
  x.why.reason = reason;
  x.time = *http::parse_rfc3339(time);
  return x;
}

} // namespace

TEST(replay_options, without_a_filter_all_pass) {
  auto x = filter_of(sample());
  EXPECT_TRUE(x.passes(letter("p:d.t", "invalid")));
  EXPECT_TRUE(x.passes(letter("d.t", "")));
}

TEST(replay_options, a_reason_must_be_one_of_those_named) {
  auto given = sample();
  given.reasons = {"invalid", "expired"};
  auto x = filter_of(given);
  EXPECT_TRUE(x.passes(letter("d.t", "invalid")));
  EXPECT_TRUE(x.passes(letter("d.t", "expired")));
  EXPECT_FALSE(x.passes(letter("d.t", "shutdown")));
  EXPECT_FALSE(x.passes(letter("d.t", "")));
}

TEST(replay_options, a_table_has_partitions_and_template_tables) {
  auto given = sample();
  given.table = "d.t";
  auto x = filter_of(given);
  auto with_suffix = letter("p:d.t", "");
  with_suffix.table.suffix = "_eu";
  EXPECT_TRUE(x.passes(letter("p:d.t", "")));
  EXPECT_TRUE(x.passes(letter("q:d.t$20260131", "")));
  EXPECT_TRUE(x.passes(with_suffix));
  EXPECT_FALSE(x.passes(letter("p:d.t2", "")));
  EXPECT_FALSE(x.passes(letter("p:d2.t", "")));
  given.table = "p:d.t";
  x = filter_of(given);
  EXPECT_TRUE(x.passes(letter("p:d.t", "")));
  EXPECT_FALSE(x.passes(letter("q:d.t", "")));
}

TEST(replay_options, since_means_then_or_later) {
  auto given = sample();
  given.since = "2026-01-31";
  auto x = filter_of(given);
  EXPECT_TRUE(x.passes(letter("d.t", "", "2026-01-31T00:00:00Z")));
  EXPECT_FALSE(x.passes(letter("d.t", "", "2026-01-30T23:59:59.999999Z")));
  given.since = "2026-01-31T12:00:00+01:00";
  x = filter_of(given);
  EXPECT_TRUE(x.passes(letter("d.t", "", "2026-01-31T11:00:00Z")));
  EXPECT_FALSE(x.passes(letter("d.t", "", "2026-01-31T10:59:59Z")));
}

TEST(replay_options, says_which_option_is_wrong) {
  auto with = [](auto change) {
    auto x = sample();
    change(x);
    return fault_of(x);
  };
  using options = replay_options;
  EXPECT_EQ(fault_of(sample()), "none");
  EXPECT_EQ(with([](options& x) { x.node.clear(); }),
            "--to must be HOST:PORT of a node, unless there is --dry-run");
  EXPECT_EQ(with([](options& x) { x.node = "host"; }).substr(0, 6), "--to: ");
  EXPECT_EQ(with([](options& x) {
              x.node.clear();
              x.dry_run = true;
            }),
            "none");
  EXPECT_EQ(with([](options& x) { x.files.clear(); }),
            "FILE: there is none; - is standard input");
  EXPECT_EQ(with([](options& x) {
              x.files = {"-", "-"};
            }),
            "- is given twice; standard input can be read once");
  EXPECT_EQ(with([](options& x) { x.table = "t"; }),
            "--table must be DATASET.TABLE, not t");
  EXPECT_EQ(with([](options& x) { x.since = "monday"; }),
            "--since must be a date such as 2026-01-31, or a time such as "
            "2026-01-31T12:00:00Z, not monday");
  EXPECT_EQ(with([](options& x) { x.give_up = "soon"; }),
            "--give-up must be a time such as 500ms, 30s or 5min, not soon");
}

} // namespace bqs::app
