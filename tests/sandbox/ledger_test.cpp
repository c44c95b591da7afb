#include "sandbox/ledger.hpp"

#include <gtest/gtest.h>

namespace {

using namespace bqs::sandbox;

TEST(ledger, adds_up_and_renders) {
  ledger uut;
  uut.count_rows("d.t", 5, 2, 1);
  uut.count_rows("d.t", 1, 0, 0);
  uut.count_request("d.t", 200);
  uut.count_request("d.t", 200);
  uut.count_request("d.t", 0);
  auto all = uut.read();
  EXPECT_EQ(all["d.t"].committed, 6u);
  EXPECT_EQ(all["d.t"].requests[200], 2u);
  EXPECT_EQ(uut.render(), R"({"tables":{"d.t":{"committed":6,"deduplicated":2,)"
                          R"("rejected":1,"requests":{"reset":1,"200":2}}}})");
  uut.clear();
  EXPECT_EQ(uut.render(), R"({"tables":{}})");
}

} // namespace
