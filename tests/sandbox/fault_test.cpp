#include "sandbox/fault.hpp"

#include <gtest/gtest.h>

namespace {

using namespace bqs::sandbox;
using namespace std::chrono_literals;

TEST(fault, reads_every_key) {
  auto parsed = parse_fault(
    "method=*,table=d.t,status=503,reason=backendError,message=a\\, b,"
    "body=html,retry-after=2,latency=50ms,commit=true,count=3,probability=0.1");
  auto x = std::get_if<fault>(&parsed);
  ASSERT_NE(x, nullptr) << std::get<std::string>(parsed);
  EXPECT_EQ(x->method, "*");
  EXPECT_EQ(x->table, "d.t");
  EXPECT_EQ(x->status, 503);
  EXPECT_EQ(x->reason, "backendError");
  EXPECT_EQ(x->message, "a, b");
  EXPECT_EQ(x->body, fault_body::html);
  EXPECT_EQ(x->retry_after, 2u);
  EXPECT_EQ(x->latency, 50ms);
  EXPECT_TRUE(x->commit);
  EXPECT_EQ(x->count, 3u);
  EXPECT_EQ(x->probability, 0.1);
}

TEST(fault, reads_the_other_outcomes) {
  auto reset = std::get<fault>(parse_fault("reset=after"));
  EXPECT_EQ(reset.reset, reset_point::after);
  EXPECT_EQ(reset.method, "insertAll");
  auto rows = std::get<fault>(parse_fault("rows=timeout,every=10"));
  EXPECT_EQ(rows.rows, "timeout");
  EXPECT_EQ(rows.every, 10u);
  EXPECT_FALSE(std::get<fault>(parse_fault("latency=2s")).has_outcome());
  EXPECT_TRUE(std::get<fault>(parse_fault("status=413,early=true")).early);
}

TEST(fault, says_what_is_wrong) {
  struct {
    const char* spec;
    const char* words; // contained
  } cases[] = {
    {"", "not key=value"},
    {"status", "not key=value"},
    {"colour=red", "no key colour"},
    {"status=abc", "status=abc: want"},
    {"status=99", "status=99: want"},
    {"method=insertall", "method=insertall: want"},
    {"table=t,status=500", "table=t: want"},
    {"latency=5", "latency=5: want"},
    {"reset=maybe", "reset=maybe: want"},
    {"status=500,probability=2", "probability=2: want"},
    {"status=500,probability=nan", "probability=nan: want"},
    {"status=500,count=-1", "count=-1: want"},
    {"rows=timeout,every=0", "every=0: want"},
    {"status=500,reset=after", "only one of"},
    {"count=1", "want one of"},
    {"rows=timeout,method=tables.get", "rows needs"},
    {"reset=after,early=true", "need status"},
    {"status=500,early=true,commit=true", "exclude"},
  };
  for (auto& x : cases) {
    auto parsed = parse_fault(x.spec);
    auto words = std::get_if<std::string>(&parsed);
    ASSERT_NE(words, nullptr) << x.spec;
    EXPECT_NE(words->find(x.words), std::string::npos) << *words;
  }
}

} // namespace
