#include "actors/ledger.hpp"

#include <random>

#include <gtest/gtest.h>

namespace bqs {

TEST(ledger, is_empty_at_first) {
  ledger uut;
  EXPECT_TRUE(uut.tables().empty());
  EXPECT_EQ(uut.total(), table_ledger{});
  EXPECT_TRUE(uut.total().balanced());
}

TEST(ledger, keeps_the_books_of_each_table) {
  ledger uut;
  uut.accept("shop.events", 10);
  uut.accept("shop.events", 5);
  uut.accept("shop.orders", 7);
  uut.store("shop.events", 4, 0);
  uut.store("shop.events", 6, 2);
  uut.fail("shop.events", 3);
  uut.fail("shop.orders", 7);
  EXPECT_EQ(uut.tables().size(), 2u);
  EXPECT_EQ(uut.tables().at("shop.events"), (table_ledger{15, 10, 3, 2, 2}));
  EXPECT_EQ(uut.tables().at("shop.orders"), (table_ledger{7, 0, 7, 0, 0}));
  EXPECT_EQ(uut.total(), (table_ledger{22, 10, 10, 2, 2}));
}

TEST(ledger, is_out_of_balance_if_any_of_its_sums_is_off) {
  struct {
    table_ledger books;
    bool want;
  } cases[] = {
    {{0, 0, 0, 0, 0}, true},  {{9, 4, 3, 2, 0}, true},
    {{9, 4, 3, 2, 4}, true},  {{10, 4, 3, 2, 0}, false},
    {{9, 5, 3, 2, 0}, false}, {{9, 4, 2, 2, 0}, false},
    {{9, 4, 3, 3, 0}, false},
  };
  for (auto& x : cases)
    EXPECT_EQ(x.books.balanced(), x.want) << x.books.accepted;
}

TEST(ledger, sums_every_column) {
  table_ledger uut{1, 2, 3, 4, 5};
  uut += {10, 20, 30, 40, 50};
  EXPECT_EQ(uut, (table_ledger{11, 22, 33, 44, 55}));
}

TEST(ledger, balances_at_any_moment) {
  std::minstd_rand dice{1};
  auto below = [&](std::uint64_t n) {
    return std::uniform_int_distribution<std::uint64_t>{0, n - 1}(dice);
  };
  ledger uut;
  for (auto i = 0; i < 10'000; ++i) {
    auto table = "d.t" + std::to_string(below(5));
    if (!uut.tables().contains(table) || below(3) == 0) {
      uut.accept(table, below(1'000'000));
    } else {
      auto rows = below(uut.tables().at(table).held + 1);
      if (below(2) == 0)
        uut.store(table, rows, below(rows + 1));
      else
        uut.fail(table, rows);
    }
    EXPECT_TRUE(uut.tables().at(table).balanced());
    EXPECT_TRUE(uut.total().balanced());
  }
}

} // namespace bqs
