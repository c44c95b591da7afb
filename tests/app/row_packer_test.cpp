#include "app/row_packer.hpp"

#include <vector>

#include <gtest/gtest.h>

using namespace bqs::app;

namespace {

struct packer : ::testing::Test {
  row_packer make(const packer_limits& limits) {
    return row_packer{limits,
                      [this](parcel x) { passed.push_back(std::move(x)); }};
  }

  std::string first_of(std::size_t i) const {
    return to_string(passed.at(i).table) + " "
           + std::string{passed.at(i).rows->row(0)};
  }

  std::vector<parcel> passed;
};

} // namespace

TEST_F(packer, rows_go_by_table_and_remember_where_they_stood) {
  auto uut = make({});
  EXPECT_TRUE(uut.add("ds.a", "1", "x", {0, 1, 0}));
  EXPECT_TRUE(uut.add("ds.b", "2", {}, {0, 2, 10}));
  EXPECT_TRUE(uut.add("ds.a", "3", {}, {0, 3, 20}));
  EXPECT_TRUE(passed.empty());
  std::vector<std::uint64_t> open;
  uut.visit([&](const row_origin& x) { open.push_back(x.offset); });
  EXPECT_EQ(open, (std::vector<std::uint64_t>{0, 20, 10}));
  uut.flush();
  EXPECT_TRUE(uut.empty());
  ASSERT_EQ(passed.size(), 2u);
  EXPECT_EQ(first_of(0), "ds.a 1");
  EXPECT_EQ(passed[0].rows->id(0), "x");
  EXPECT_EQ(passed[0].rows->row(1), "3");
  EXPECT_EQ(passed[0].bytes, 3u);
  EXPECT_EQ(passed[0].origins.find(1), (row_origin{0, 3, 20}));
  EXPECT_EQ(first_of(1), "ds.b 2");
}

TEST_F(packer, a_name_that_is_none_is_refused) {
  auto uut = make({});
  for (auto name : {"", "a", "ds.", ".t", "d-s.t", "ds.t$x"})
    EXPECT_FALSE(uut.add(name, "1", {}, {})) << name;
  EXPECT_TRUE(uut.empty());
}

TEST_F(packer, a_parcel_goes_by_rows_or_bytes) {
  packer_limits limits;
  limits.parcel_rows = 3;
  limits.parcel_bytes = 10;
  auto uut = make(limits);
  for (std::uint64_t i = 0; i < 3; ++i)
    uut.add("ds.a", "1", {}, {0, i + 1, i});
  ASSERT_EQ(passed.size(), 1u);
  EXPECT_EQ(passed[0].rows->rows(), 3u);
  uut.add("ds.a", "123456", {}, {});
  uut.add("ds.a", "12345", {}, {});
  ASSERT_EQ(passed.size(), 2u);
  EXPECT_EQ(first_of(1), "ds.a 123456");
  uut.add("ds.a", "a row that is too large goes alone", {}, {});
  ASSERT_EQ(passed.size(), 3u);
  uut.add("ds.a", "1", {}, {});
  ASSERT_EQ(passed.size(), 4u);
  EXPECT_EQ(passed[3].rows->rows(), 1u);
}

TEST_F(packer, all_go_when_there_are_too_many_tables_or_bytes) {
  packer_limits limits;
  limits.tables = 2;
  limits.bytes = 10;
  auto uut = make(limits);
  uut.add("ds.a", "1", {}, {});
  uut.add("ds.b", "2", {}, {});
  EXPECT_TRUE(passed.empty());
  uut.add("ds.c", "3", {}, {});
  EXPECT_EQ(passed.size(), 2u);
  uut.add("ds.c", "1234567890", {}, {});
  EXPECT_EQ(passed.size(), 3u);
  EXPECT_TRUE(uut.empty());
}

TEST_F(packer, rows_of_another_name_go_apart_to_the_same_table) {
  auto uut = make({});
  auto table = *bqs::parse_table("p:ds.t$2026");
  table.suffix = "_eu";
  uut.add("x", table, "1", "a", {0, 1, 0});
  uut.add("y", table, "2", "b", {0, 2, 10});
  uut.add("x", table, "3", "c", {0, 3, 20});
  uut.flush();
  ASSERT_EQ(passed.size(), 2u);
  EXPECT_EQ(passed[0].name, "x");
  EXPECT_EQ(passed[0].table, table);
  EXPECT_EQ(passed[0].rows->rows(), 2u);
  EXPECT_EQ(passed[1].name, "y");
  EXPECT_EQ(passed[1].table, table);
}
