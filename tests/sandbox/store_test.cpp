#include "sandbox/store.hpp"

#include <stdexcept>

#include <gtest/gtest.h>

#include "tests/sandbox/fixture.hpp"

namespace {

using namespace bqs::sandbox;

std::vector<new_row> rows(std::size_t n) {
  return std::vector<new_row>(n, new_row{"id", "{}"});
}

TEST(store, keeps_rows_in_order) {
  store s{""};
  auto name = s.put_table("ds", "t", "{}");
  EXPECT_EQ(name, "ds.t");
  new_row list[] = {{"a", R"({"x":1})"}, {{}, R"({"x":2})"}};
  EXPECT_TRUE(s.append(name, list, 5));
  EXPECT_EQ(s.count(name), 2u);
  EXPECT_EQ(s.size(name).rows, 2u);
  EXPECT_EQ(s.size(name).bytes, 14u);
  std::string all;
  s.read(name, 0, 0, [&](std::int64_t seq, std::string_view row) {
    all += std::to_string(seq) + std::string{row};
    return true;
  });
  EXPECT_EQ(all, R"(1{"x":1}2{"x":2})");
}

TEST(store, reads_from_an_offset_and_behind_a_number) {
  store s{""};
  auto name = s.put_table("ds", "t", "{}");
  s.append(name, rows(10), 0);
  std::vector<std::int64_t> seen;
  s.read(name, 3, 2, [&](std::int64_t seq, std::string_view) {
    seen.push_back(seq);
    return seen.size() < 3;
  });
  EXPECT_EQ(seen, (std::vector<std::int64_t>{6, 7, 8}));
}

TEST(store, survives_a_restart) {
  test::scratch_directory scratch;
  {
    store s{scratch.path() + "/deep/er"};
    s.put_dataset("ds", R"({"d":1})");
    s.append(s.put_table("ds", "t", R"({"t":1})"), rows(3), 0);
  }
  store s{scratch.path() + "/deep/er"};
  auto all = s.load();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].json, R"({"d":1})");
  EXPECT_EQ(all[1].json, R"({"t":1})");
  EXPECT_EQ(s.size(all[1].rows_table).rows, 3u);
}

TEST(store, keeps_names_apart_that_sqlite_cannot) {
  store s{""};
  EXPECT_EQ(s.put_table("ds", "t", "{}"), "ds.t");
  EXPECT_EQ(s.put_table("ds", "T", "{}"), "ds.T~2");
  EXPECT_EQ(s.put_table("ds", "t", "{}"), "ds.t");
  EXPECT_EQ(s.put_table("sqlite_x", "t", "{}"), "~sqlite_x.t");
  EXPECT_TRUE(s.append("ds.T~2", rows(1), 0));
  EXPECT_EQ(s.count("ds.t"), 0u);
}

TEST(store, drops_tables_with_their_rows) {
  store s{""};
  auto name = s.put_table("ds", "t", "{}");
  s.append(name, rows(3), 0);
  s.drop_table("ds", "t");
  EXPECT_FALSE(s.append(name, rows(1), 0));
  EXPECT_EQ(s.count(name), 0u);
  EXPECT_EQ(s.put_table("ds", "t", "{}"), name);
  EXPECT_EQ(s.size(name).rows, 0u);
  s.put_dataset("ds", "{}");
  s.drop_dataset("ds");
  EXPECT_TRUE(s.load().empty());
  EXPECT_FALSE(s.append(name, rows(1), 0));
}

TEST(store, names_a_directory_that_cannot_be) {
  EXPECT_THROW(store{"/proc/nowhere"}, std::runtime_error);
}

} // namespace
