#include "app/send_options.hpp"

#include <gtest/gtest.h>

using namespace bqs::app;

namespace {

send_options good() {
  send_options result;
  result.node = "127.0.0.1:4747";
  result.table = "ds.t";
  result.files = {"a.ndjson"};
  return result;
}

std::string refusal(const send_options& x) {
  auto result = check(x);
  auto why = std::get_if<std::string>(&result);
  return why ? *why : "";
}

TEST(send_options, what_goes_together_is_taken) {
  EXPECT_EQ(refusal(good()), "");
  auto x = good();
  x.table.clear();
  x.table_field = "t";
  x.files = {"a", "b"};
  x.follow = true;
  x.checkpoint = "state";
  EXPECT_EQ(refusal(x), "");
  auto csv = good();
  csv.format = "csv";
  csv.delimiter = "\\t";
  csv.infer = true;
  csv.files = {"-"};
  auto result = std::get<format_options>(check(csv));
  EXPECT_EQ(result.format, row_format::csv);
  EXPECT_EQ(result.csv.delimiter, '\t');
  EXPECT_TRUE(result.csv.infer);
}

TEST(send_options, what_is_wrong_is_named) {
  auto expect = [](const char* words, auto change) {
    auto x = good();
    change(x);
    auto why = refusal(x);
    EXPECT_NE(why.find(words), std::string::npos) << words << ": " << why;
  };
  expect("--to", [](auto& x) { x.node = ""; });
  expect("--to: ", [](auto& x) { x.node = "nowhere"; });
  expect("--table or --table-field", [](auto& x) { x.table = ""; });
  expect("--table must be", [](auto& x) { x.table = "t"; });
  expect("--follow", [](auto& x) {
    x.follow = true;
    x.files = {"a", "-"};
  });
  expect("--checkpoint", [](auto& x) {
    x.checkpoint = "state";
    x.files = {"-"};
  });
  expect("./a is given twice", [](auto& x) {
    x.checkpoint = "state";
    x.files = {"a", "./a"};
  });
  expect("--format", [](auto& x) { x.format = "xml"; });
  for (auto delimiter : {"", "ab", "\"", "\n", "\xE4"})
    expect("--delimiter", [&](auto& x) { x.delimiter = delimiter; });
  expect("--infer", [](auto& x) { x.infer = true; });
  expect("--infer", [](auto& x) { x.delimiter = ";"; });
}

} // namespace
