#include "app/status_page.hpp"

#include <gtest/gtest.h>

using namespace bqs;
using namespace bqs::app;

namespace {

status_view sample() {
  status_view x;
  x.now.version = "0.1.0";
  x.now.protocol = "bqstreamer/1";
  x.now.uptime_seconds = 3600;
  x.now.draining = true;
  x.now.total = {1234, 1000, 4, 230, 1};
  x.now.tables.push_back(
    {"shop.events", "ok", "", "", {1000, 1000, 0, 0, 1}, 1});
  x.now.tables.push_back({"shop.clicks",
                          "missing",
                          "Not found",
                          "2026-01-31T12:00:00.123456Z",
                          {234, 0, 4, 230, 0},
                          2});
  x.now.budget_used = 1000;
  x.now.budget_limit = 256u << 20;
  x.now.refused = {{"overloaded", 3}, {"draining", 0}, {"malformed", 1}};
  x.now.in_flight = 2;
  x.now.in_flight_limit = 12;
  x.now.subscribers = 1;
  return x;
}

TEST(status_page, a_pipe_gets_a_table_and_some_figures) {
  EXPECT_EQ(
    status_text(sample(), {}),
    "bqstreamer 0.1.0 (bqstreamer/1), up 1 h 0 min, draining\n"
    "\n"
    "TABLE        STATE    ACCEPTED  STORED  FAILED  HELD  MAYBE TWICE  "
    "STREAMERS\n"
    "shop.events  ok          1,000   1,000       0     0            1  "
    "        1\n"
    "shop.clicks  missing       234       0       4   230            0  "
    "        2\n"
    "total                    1,234   1,000       4   230            1\n"
    "\n"
    "requests in flight  2 of 12\n"
    "subscribers         1\n"
    "budget              1,000 B of 256 MiB (0%)\n"
    "blocks refused      3 overloaded, 1 malformed\n"
    "\n"
    "shop.clicks is missing since 2026-01-31T12:00:00Z: Not found\n");
}

TEST(status_page, what_an_operator_must_know_is_shown_where_it_happened) {
  auto x = sample();
  x.now.restarts = {{"streamers", 0}, {"http", 2}, {"collector", 1}};
  x.now.receipts_unsent = 3;
  x.now.missed = 4;
  x.now.pause_exceptions = {"a.b", "c.d"};
  auto text = status_text(x, {});
  EXPECT_NE(text.find("\npaused              a.b, c.d\n"), std::string::npos)
    << text;
  EXPECT_NE(text.find("\nactors restarted    2 http, 1 collector\n"
                      "receipts not sent   3\n"
                      "failures not told   4\n"),
            std::string::npos)
    << text;
  x.now.paused_all = true;
  EXPECT_NE(status_text(x, {}).find("\npaused              all tables but a.b, "
                                    "c.d\n"),
            std::string::npos);
  x.now.pause_exceptions.clear();
  EXPECT_NE(status_text(x, {}).find("\npaused              all tables\n"),
            std::string::npos);
}

TEST(status_page, dead_letters_are_shown_where_there_are_any) {
  auto x = sample();
  EXPECT_EQ(status_text(x, {}).find("dead letters"), std::string::npos);
  x.now.dead_letters = dead_letter_status{"/a", 1234, 0, 2048, 1u << 20, 0, ""};
  EXPECT_NE(status_text(x, {}).find(
              "\ndead letters        1,234 written, 2 KiB of 1 MiB\n"),
            std::string::npos);
  x.now.dead_letters->waiting = 7;
  x.now.dead_letters->dropped_files = 2;
  x.now.dead_letters->error = "/a is full";
  EXPECT_NE(status_text(x, {}).find(
              "\ndead letters        1,234 written, 2 KiB of 1 MiB, 7 waiting, "
              "2 files dropped\n                    /a is full\n"),
            std::string::npos)
    << status_text(x, {});
}

TEST(status_page, what_is_well_is_not_mentioned) {
  auto x = sample();
  x.now.refused = {{"overloaded", 0}};
  x.now.tables.pop_back();
  auto text = status_text(x, {});
  EXPECT_EQ(text.find("refused"), std::string::npos);
  EXPECT_EQ(text.find("not told"), std::string::npos);
  x.now.missed = 5;
  EXPECT_NE(status_text(x, {}).find("failures not told   5\n"),
            std::string::npos);
}

TEST(status_page, a_state_has_its_colour) {
  struct row {
    const char* state;
    const char* code;
  };
  const row table[] = {
    {"ok", "32"},      {"throttled", "33"},   {"unavailable", "33"},
    {"missing", "33"}, {"paused", "33"},      {"unauthorized", "31"},
    {"new", "33"},     {"quarantined", "31"},
  };
  for (auto& [state, code] : table) {
    auto x = sample();
    x.now.tables[0].state = state;
    auto text = status_text(x, {80, 0, true});
    EXPECT_NE(text.find(std::string{"\033["} + code + "m" + state + "\033[0m"),
              std::string::npos)
      << state;
  }
  EXPECT_EQ(status_text(sample(), {80, 0, false}).find('\033'),
            std::string::npos);
}

TEST(status_page, rates_have_columns_that_may_be_empty) {
  auto x = sample();
  x.with_rates = true;
  auto line = [](const std::string& text, int number) {
    std::size_t at = 0;
    while (number-- > 0)
      at = text.find('\n', at) + 1;
    return text.substr(at, text.find('\n', at) - at);
  };
  EXPECT_EQ(line(books_text(x, {}), 0),
            "TABLE        STATE    ACCEPTED  STORED  FAILED  HELD  STORED/S  "
            "FAILED/S  MAYBE TWICE  STREAMERS");
  EXPECT_EQ(line(books_text(x, {}), 1),
            "shop.events  ok          1,000   1,000       0     0            "
            "                    1          1");
  x.rates = status_rates{{1234.4, 0.25}, {{1234.4, 0}, {0, 0.25}}};
  EXPECT_EQ(line(books_text(x, {}), 2),
            "shop.clicks  missing       234       0       4   230         0  "
            "     0.2            0          2");
  EXPECT_EQ(line(books_text(x, {}), 3),
            "total                    1,234   1,000       4   230     1,234  "
            "     0.2            1");
}

TEST(status_page, a_lost_node_is_told_above_what_was_known) {
  auto x = sample();
  x.lost = "no answer since noon";
  auto text = status_text(x, {80, 0, true});
  EXPECT_NE(text.find("\033[31mno answer since noon\033[0m\n"),
            std::string::npos);
  EXPECT_NE(text.find("shop.events"), std::string::npos);
}

TEST(status_page, no_line_is_wider_than_the_paper) {
  auto x = sample();
  x.with_rates = true;
  x.now.tables[0].table = std::string(300, 'x');
  x.now.tables[1].reason = std::string(300, 'y');
  x.lost = std::string(300, 'z');
  for (std::size_t width = 1; width < 130; ++width) {
    auto text = status_text(x, {width, 0, false});
    std::size_t columns = 0;
    for (auto c : text) {
      auto first = (static_cast<unsigned char>(c) & 0xC0) != 0x80;
      columns = c == '\n' ? 0 : columns + (first ? 1 : 0);
      ASSERT_LE(columns, width) << text;
    }
  }
}

TEST(status_page, tables_in_trouble_come_first_where_there_is_no_room) {
  auto x = sample();
  for (auto i = 0; i < 100; ++i)
    x.now.tables.insert(x.now.tables.begin(),
                        {"t." + std::to_string(i), "ok", "", "", {}, 1});
  for (std::size_t height = 1; height < 40; ++height) {
    auto text = status_text(x, {80, height, false});
    EXPECT_LE(
      static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')),
      height);
  }
  auto text = status_text(x, {80, 24, false});
  EXPECT_NE(text.find("shop.clicks"), std::string::npos);
  EXPECT_NE(text.find("\ntotal"), std::string::npos);
  EXPECT_NE(text.find("90 more tables, not shown\n"), std::string::npos)
    << text;
}

TEST(status_page, uptime_is_told_in_two_units) {
  EXPECT_EQ(show_uptime(0), "0 s");
  EXPECT_EQ(show_uptime(59), "59 s");
  EXPECT_EQ(show_uptime(125), "2 min 5 s");
  EXPECT_EQ(show_uptime(3600 * 3 + 60 * 20 + 9), "3 h 20 min");
  EXPECT_EQ(show_uptime(86400 * 2 + 3600 * 4), "2 d 4 h");
}

} // namespace
