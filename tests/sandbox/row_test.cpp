#include "sandbox/row.hpp"

#include <gtest/gtest.h>

#include "tests/sandbox/fixture.hpp"

namespace {

using namespace bqs::sandbox;

const char* const fields = R"([
  {"name":"id","type":"INTEGER","mode":"REQUIRED"},
  {"name":"Name","type":"STRING"},
  {"name":"tags","type":"STRING","mode":"REPEATED"},
  {"name":"rec","type":"RECORD","fields":[
    {"name":"x","type":"INTEGER"},
    {"name":"y","type":"FLOAT","mode":"REQUIRED"}]},
  {"name":"recs","type":"RECORD","mode":"REPEATED","fields":[
    {"name":"value","type":"INTEGER"}]},
  {"name":"j","type":"JSON"},
  {"name":"rng","type":"RANGE","rangeElementType":{"type":"DATE"}}])";

TEST(row, is_stored_by_the_schema) {
  struct {
    const char* in;
    const char* out;
  } cases[] = {
    {R"({"id":1})", R"({"id":1})"},
    {R"({"NAME":"n","ID":"2"})", R"({"id":2,"Name":"n"})"},
    {R"({"id":1,"Name":null,"tags":null,"rec":null})", R"({"id":1})"},
    {R"({"id":1,"tags":["a",5,""]})", R"({"id":1,"tags":["a","5",""]})"},
    {R"({"id":1,"tags":[]})", R"({"id":1,"tags":[]})"},
    {R"({"rec":{"y":1.5},"id":1})", R"({"id":1,"rec":{"y":1.5}})"},
    {R"({"id":1,"recs":[{"value":1},{}]})",
     R"({"id":1,"recs":[{"value":1},{}]})"},
    {R"({"id":1,"id":2})", R"({"id":2})"},
    {R"({"id":1,"rng":{"start":"2020-01-01","end":null}})",
     R"({"id":1,"rng":{"start":"2020-01-01","end":null}})"},
    {R"({"id":1,"rng":{}})", R"({"id":1,"rng":{"start":null,"end":null}})"},
  };
  auto schema = test::schema_of(fields);
  row_writer writer{schema, false};
  for (auto& x : cases) {
    auto t = test::read(x.in);
    std::string out;
    EXPECT_TRUE(writer.write(t.root(), out))
      << x.in << ": " << writer.error.message;
    EXPECT_EQ(out, x.out);
  }
}

TEST(row, is_refused_with_place_and_words) {
  struct {
    const char* in;
    const char* location;
    const char* message;
  } cases[] = {
    {R"({"id":1,"zz":1})", "zz", "no such field: zz."},
    {R"({"id":1,"rec":{"y":1,"zz":1}})", "rec.zz", "no such field: zz."},
    {R"({"id":1,"recs":[{},{"zz":1}]})", "recs[1].zz", "no such field: zz."},
    {R"({})", "", "Missing required field: Msg_0_CLOUD_QUERY_TABLE.id."},
    {R"({"id":null})", "",
     "Missing required field: Msg_0_CLOUD_QUERY_TABLE.id."},
    {R"({"id":1,"rec":{}})", "",
     "Missing required field: Msg_0_CLOUD_QUERY_TABLE.rec.y."},
    {R"({"id":"medium"})", "id",
     "Cannot convert value to integer (bad value): medium"},
    {R"({"id":1,"rec":{"y":"a"}})", "rec.y",
     "Cannot convert value to floating point (bad value): a"},
    {R"({"id":1,"recs":[{"value":[1]}]})", "recs[0].value",
     "Array specified for non-repeated field: value."},
    {R"({"id":1,"Name":{"a":1}})", "Name", "This field: Name is not a record."},
    {R"({"id":1,"j":{"a":1}})", "j", "This field: j is not a record."},
    {R"({"id":1,"j":[1]})", "j", "Array specified for non-repeated field: j."},
    {R"({"id":1,"rec":5})", "", "Record leaf types are not supported."},
    {R"({"id":1,"recs":{"value":1}})", "recs",
     "Repeated record with name: recs added outside of an array."},
    {R"({"id":1,"tags":["a",null]})", "tags[1]",
     "Only optional fields can be set to NULL. Field: tags; Value: NULL"},
    {R"({"id":1,"rng":{"start":"x"}})", "rng.start", "Invalid date: 'x'"},
    {R"({"id":1,"rng":5})", "rng", "Invalid RANGE value: 5"},
    {R"({"id":1,"rng":{"start":"2020-01-02","end":"2020-01-01"}})", "rng",
     "Invalid RANGE value: [2020-01-02, 2020-01-01)"},
    {R"({"id":1,"rng":{"start":"2020-01-01","end":"2020-01-01"}})", "rng",
     "Invalid RANGE value: [2020-01-01, 2020-01-01)"},
    {R"({"id":1,"rng":{"begin":"2020-01-01"}})", "rng.begin",
     "no such field: begin."},
  };
  auto schema = test::schema_of(fields);
  row_writer writer{schema, false};
  for (auto& x : cases) {
    auto t = test::read(x.in);
    std::string out;
    EXPECT_FALSE(writer.write(t.root(), out)) << x.in;
    EXPECT_EQ(writer.error.location, x.location) << x.in;
    EXPECT_EQ(writer.error.message, x.message) << x.in;
  }
}

TEST(row, takes_an_open_range_in_words) {
  auto schema = test::schema_of(fields);
  row_writer writer{schema, false};
  auto t = test::read(R"({"id":1,"rng":{"start":"Unbounded","end":"NULL"}})");
  std::string out;
  EXPECT_TRUE(writer.write(t.root(), out));
  EXPECT_EQ(out, R"({"id":1,"rng":{"start":null,"end":null}})");
}

TEST(row, a_range_of_times_ends_after_it_begins) {
  for (auto type : {"DATETIME", "TIMESTAMP"}) {
    auto schema = test::schema_of(
      R"([{"name":"r","type":"RANGE","rangeElementType":{"type":")"
      + std::string{type} + R"("}}])");
    row_writer writer{schema, false};
    auto takes = [&](std::string start, std::string end) {
      auto t = test::read(R"({"r":{"start":")" + start + R"(","end":")" + end
                          + R"("}})");
      std::string out;
      return writer.write(t.root(), out);
    };
    EXPECT_TRUE(takes("2020-01-01 00:00:00", "2020-01-01 00:00:00.5")) << type;
    EXPECT_TRUE(takes("0001-01-01 00:00:00", "1969-12-31 23:00:00")) << type;
    EXPECT_FALSE(takes("2020-01-01 00:00:00.5", "2020-01-01 00:00:00")) << type;
  }
}

TEST(row, an_unknown_member_of_a_range_is_lost_if_told_to) {
  auto schema = test::schema_of(fields);
  row_writer writer{schema, true};
  auto t = test::read(R"({"id":1,"rng":{"end":"2020-01-01","x":1}})");
  std::string out;
  EXPECT_TRUE(writer.write(t.root(), out));
  EXPECT_EQ(out, R"({"id":1,"rng":{"start":null,"end":"2020-01-01"}})");
}

TEST(row, loses_unknown_members_if_told_to) {
  auto schema = test::schema_of(fields);
  row_writer writer{schema, true};
  auto t
    = test::read(R"({"zz":1,"id":1,"rec":{"zz":{},"y":1},"recs":[{"q":1}]})");
  std::string out;
  EXPECT_TRUE(writer.write(t.root(), out));
  EXPECT_EQ(out, R"({"id":1,"rec":{"y":1},"recs":[{}]})");
}

TEST(row, does_not_spoil_the_next_one) {
  auto schema = test::schema_of(fields);
  row_writer writer{schema, false};
  auto bad = test::read(R"({"id":1,"rec":{"y":"a"}})");
  auto good = test::read(R"({"id":1,"rec":{"y":2}})");
  std::string out;
  EXPECT_FALSE(writer.write(bad.root(), out));
  out.clear();
  EXPECT_TRUE(writer.write(good.root(), out));
  EXPECT_EQ(out, R"({"id":1,"rec":{"y":2}})");
}

} // namespace
