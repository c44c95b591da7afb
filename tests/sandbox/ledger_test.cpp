#include "sandbox/ledger.hpp"

#include <gtest/gtest.h>

namespace {

using namespace bqs::sandbox;

TEST(ledger, adds_up_and_renders) {
  ledger uut;
  table_counts x;
  x.committed = 5;
  x.deduplicated = 2;
  x.rejected = 3;
  x.lost = 4;
  x.bytes = 100;
  x.rejected_by_reason = {{"invalid", 1}, {"stopped", 2}};
  uut.count_rows("d.t", x);
  x = {};
  x.committed = 1;
  x.rejected_by_reason = {{"stopped", 1}};
  uut.count_rows("d.t", x);
  uut.count_request("d.t", 200, "200");
  uut.count_request("d.t", 200, "200 with errors");
  uut.count_request("d.t", 0, "reset after");
  auto all = uut.read();
  EXPECT_EQ(all["d.t"].committed, 6u);
  EXPECT_EQ(all["d.t"].requests[200], 2u);
  EXPECT_EQ(uut.render(),
            R"({"tables":{"d.t":{"committed":6,"deduplicated":2,)"
            R"("rejected":3,"lost":4,"bytes":100,)"
            R"("rejectedByReason":{"invalid":1,"stopped":3},)"
            R"("requests":{"reset":1,"200":2},)"
            R"("outcomes":{"200":1,"200 with errors":1,"reset after":1}}}})");
  uut.clear();
  EXPECT_EQ(uut.render(), R"({"tables":{}})");
}

TEST(ledger, memory_is_bounded) {
  ledger uut;
  for (auto i = 0; i < 100'002; ++i)
    uut.count_request("d." + std::to_string(i), 404, "404 notFound");
  auto all = uut.read();
  EXPECT_EQ(all.size(), 100'001u);
  EXPECT_EQ(all["(others)"].requests[404], 2u);
}

} // namespace
