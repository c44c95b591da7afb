#include "sandbox/database.hpp"

#include <stdexcept>

#include <gtest/gtest.h>

namespace {

using namespace bqs::sandbox;

struct database_test : testing::Test {
  database_test() : db(":memory:", database::mode::create) {
    db.execute("CREATE TABLE t (a TEXT, b INTEGER)");
  }

  std::int64_t count() {
    auto rows = db.prepare("SELECT COUNT(*) FROM t");
    rows.step();
    return rows.integer(0);
  }

  database db;
};

TEST_F(database_test, gives_back_what_was_bound) {
  db.prepare("INSERT INTO t VALUES (?, ?)")
    .bind(1, "a\0b")
    .bind(2, std::int64_t{-5})
    .run();
  db.prepare("INSERT INTO t VALUES (?, 1)").bind_null(1).run();
  auto rows = db.prepare("SELECT a, b FROM t ORDER BY b");
  ASSERT_TRUE(rows.step());
  EXPECT_EQ(rows.text(0), "a");
  EXPECT_EQ(rows.integer(1), -5);
  ASSERT_TRUE(rows.step());
  EXPECT_TRUE(rows.is_null(0));
  EXPECT_FALSE(rows.step());
}

TEST_F(database_test, an_empty_text_is_not_null) {
  db.prepare("INSERT INTO t VALUES (?, 1)").bind(1, std::string_view{}).run();
  auto rows = db.prepare("SELECT a FROM t");
  ASSERT_TRUE(rows.step());
  EXPECT_FALSE(rows.is_null(0));
  EXPECT_EQ(rows.text(0), "");
}

TEST_F(database_test, a_transaction_is_taken_back_unless_committed) {
  {
    transaction all{db};
    db.execute("INSERT INTO t VALUES ('x', 1)");
  }
  EXPECT_EQ(count(), 0);
  {
    transaction all{db};
    db.execute("INSERT INTO t VALUES ('x', 1)");
    all.commit();
  }
  EXPECT_EQ(count(), 1);
}

TEST_F(database_test, failures_are_one_line) {
  EXPECT_THROW(db.execute("nonsense"), std::runtime_error);
  EXPECT_THROW(db.prepare("SELECT z FROM t"), std::runtime_error);
  EXPECT_THROW(database("/nowhere/at/all.db", database::mode::create),
               std::runtime_error);
}

TEST_F(database_test, identifiers_are_quoted) {
  EXPECT_EQ(quote_identifier("a.b"), "\"a.b\"");
  EXPECT_EQ(quote_identifier("a\"b"), "\"a\"\"b\"");
}

} // namespace
