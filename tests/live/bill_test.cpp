#include "tests/live/bill.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace bqs::live {

namespace {

TEST(bill, counts_a_row_as_it_is_charged) {
  bill uut;
  uut.add_row(1);
  uut.add_row(2'000);
  uut.add_rows("one\ntwo\n");
  EXPECT_EQ(uut.rows, 4u);
  EXPECT_EQ(uut.bytes, 3 * 1'024u + 2'000);
}

TEST(bill, takes_nothing_that_is_more_than_was_announced) {
  constexpr bill most{3, 10'000, 2, 1};
  bill uut;
  uut.charge({2, 9'000, 2, 1}, most);
  for (auto& more : {bill{2, 0, 0, 0}, bill{1, 1'001, 0, 0}, bill{.tables = 1},
                     bill{.queries = 1}})
    EXPECT_THROW(uut.charge(more, most), std::runtime_error);
  EXPECT_TRUE(uut.within(bill{2, 9'000, 2, 1}));
  uut.charge({1, 1'000, 0, 0}, most);
  EXPECT_EQ(uut.text(), most.text());
}

} // namespace

} // namespace bqs::live
