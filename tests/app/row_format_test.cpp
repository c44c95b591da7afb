#include "app/row_format.hpp"

#include <gtest/gtest.h>

using namespace bqs::app;

namespace {

TEST(row_format, the_name_tells_unless_somebody_does) {
  for (auto name : {"a.csv", "A.CSV", "a.csv.gz", "/x/y.Csv.Gz"})
    EXPECT_EQ(format_of(name), row_format::csv) << name;
  for (auto name : {"-", "", "csv", "a.ndjson", "a.json.gz", "a.csv.1", "x.gz"})
    EXPECT_EQ(format_of(name), row_format::ndjson) << name;
  format_options options;
  EXPECT_EQ(format_of("a.csv", options), row_format::csv);
  options.format = row_format::ndjson;
  EXPECT_EQ(format_of("a.csv", options), row_format::ndjson);
}

TEST(row_format, is_read_by_its_name) {
  EXPECT_EQ(parse_format("csv"), row_format::csv);
  EXPECT_EQ(parse_format("ndjson"), row_format::ndjson);
  EXPECT_EQ(parse_format("CSV"), std::nullopt);
  EXPECT_EQ(parse_format(""), std::nullopt);
}

TEST(row_format, a_reader_is_made_for_it) {
  auto json = [](std::string_view name) {
    std::string result;
    auto take = [&](const input_row& x) {
      result = x.json;
      return true;
    };
    auto rows = make_row_reader(name, {});
    rows->feed("a\n1\n", take);
    return result;
  };
  EXPECT_EQ(json("x.csv"), R"({"a":"1"})");
  EXPECT_EQ(json("x"), "1");
}

} // namespace
