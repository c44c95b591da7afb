#include "app/failure_printer.hpp"

#include <gtest/gtest.h>

#include "app/report.hpp"
#include "bqstreamer/messages.hpp"

using namespace bqs;
using namespace bqs::app;
using namespace std::chrono_literals;

namespace {

failures sample() {
  failure bad;
  bad.table = {"", "shop", "events", ""};
  bad.why = {"invalid", "no such field: x.", "x", 200, false};
  bad.attempts = 1;
  bad.time = caf::timestamp{1769860800s};
  bad.rows = {{"id-1", R"({"secret":1})"}, {"id-2", R"({"secret":2})"}};
  auto old = bad;
  old.why = {"shutdown", "the node\nstops", "", 0, true};
  old.attempts = 1000;
  old.rows.resize(1);
  failures result;
  result.number = 1;
  result.items = {bad, old};
  return result;
}

TEST(failure_printer, a_program_gets_one_object_for_each_row) {
  failure_printer uut{failure_form::json, {}};
  auto x = sample();
  EXPECT_EQ(uut.text(x),
            failed_row_line(x.items[0], x.items[0].rows[0]) + "\n"
              + failed_row_line(x.items[0], x.items[0].rows[1]) + "\n"
              + failed_row_line(x.items[1], x.items[1].rows[0]) + "\n");
}

TEST(failure_printer, people_get_one_line_for_what_failed_together) {
  failure_printer uut{failure_form::columns, {}};
  EXPECT_EQ(
    uut.text(sample()),
    "TIME                  TABLE        REASON               LOCATION  TRIES  "
    "ROWS  MESSAGE\n"
    "2026-01-31T12:00:00Z  shop.events  invalid              x             1  "
    "   2  no such field: x.\n"
    "2026-01-31T12:00:00Z  shop.events  shutdown, uncertain            1,000  "
    "   1  the node stops\n");
}

TEST(failure_printer, the_heading_comes_once_and_columns_stay) {
  failure_printer uut{failure_form::columns, {}};
  EXPECT_EQ(uut.text(failures{}), "");
  uut.text(sample());
  auto more = sample();
  more.items.pop_back();
  EXPECT_EQ(
    uut.text(more),
    "2026-01-31T12:00:00Z  shop.events  invalid              x             1  "
    "   2  no such field: x.\n");
}

TEST(failure_printer, lines_fit_the_terminal_and_never_show_the_row) {
  failure_printer uut{failure_form::columns, {60, 0, true}};
  auto text = uut.text(sample());
  EXPECT_EQ(text.find("secret"), std::string::npos);
  EXPECT_NE(text.find("\033[31m"), std::string::npos);
  std::size_t columns = 0;
  auto code = false;
  for (auto c : text) {
    code = code ? c != 'm' : c == '\033';
    if (code || c == 'm' || (static_cast<unsigned char>(c) & 0xC0) == 0x80)
      continue; // an m less is nothing that matters here
    columns = c == '\n' ? 0 : columns + 1;
    EXPECT_LE(columns, 60u);
  }
}

TEST(failure_printer, rows_that_were_not_told_have_a_line_of_their_own) {
  failure_printer json{failure_form::json, {}};
  EXPECT_EQ(json.text(missed{5}), "{\"missed\":5}\n");
  failure_printer people{failure_form::columns, {}};
  EXPECT_EQ(people.text(missed{5000}),
            "5,000 more rows failed, which were not told since they came "
            "faster than they were read\n");
}

TEST(failure_printer, rows_are_counted) {
  EXPECT_EQ(rows_in(failures{}), 0u);
  EXPECT_EQ(rows_in(sample()), 3u);
}

} // namespace
