#include "sandbox/insert_answer.hpp"

#include <gtest/gtest.h>

namespace {

using namespace bqs::sandbox;

TEST(insert_answer, says_nothing_of_stored_rows) {
  EXPECT_EQ(render_insert_answer({}),
            R"({"kind":"bigquery#tableDataInsertAllResponse"})");
}

TEST(insert_answer, names_problems_in_the_order_given) {
  EXPECT_EQ(render_insert_answer(
              {{1, "invalid", "name", "say \"no\""}, {0, "stopped", "", ""}}),
            R"({"kind":"bigquery#tableDataInsertAllResponse","insertErrors":[)"
            R"({"index":1,"errors":[{"reason":"invalid","location":"name",)"
            R"("debugInfo":"","message":"say \"no\""}]},)"
            R"({"index":0,"errors":[{"reason":"stopped","location":"",)"
            R"("debugInfo":"","message":""}]}]})");
}

} // namespace
