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
  EXPECT_EQ(x->latency.even, (time_range{50ms, 50ms}));
  EXPECT_TRUE(x->commit);
  EXPECT_EQ(x->count, 3u);
  EXPECT_EQ(x->probability, 0.1);
}

TEST(fault, reads_both_forms_of_retry_after) {
  auto x = std::get<fault>(parse_fault("status=503,retry-after=date:30"));
  EXPECT_EQ(x.retry_after, 30u);
  EXPECT_TRUE(x.retry_after_date);
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

TEST(fault, reads_when) {
  auto x = std::get<fault>(
    parse_fault("status=503,table=ds.*,from=10s,for=5s,period=1min,nth=2"));
  EXPECT_EQ(x.table, "ds.*");
  EXPECT_EQ(x.when.from, 10s);
  EXPECT_EQ(x.when.length, 5s);
  EXPECT_EQ(x.when.period, 1min);
  EXPECT_EQ(x.nth, 2u);
}

TEST(fault, reads_how_an_answer_is_sent) {
  auto x = std::get<fault>(
    parse_fault("stall=2s,truncate=100,drip=1KB/s,latency=10ms..200ms,"
                "latency-per-mb=80ms,latency-max=2s,bandwidth=10MB/s"));
  EXPECT_TRUE(x.has_outcome());
  EXPECT_EQ(x.answer.stall, 2s);
  EXPECT_EQ(x.answer.truncate, 100u);
  EXPECT_EQ(x.answer.drip, 1'000);
  EXPECT_EQ(x.latency.even, (time_range{10ms, 200ms}));
  EXPECT_EQ(x.latency.per_mb, 80ms);
  EXPECT_EQ(x.latency.most, 2s);
  EXPECT_EQ(x.bandwidth, 10e6);
  EXPECT_TRUE(
    std::get<fault>(parse_fault("truncate=half")).answer.truncate_half);
}

TEST(fault, reads_what_tables_and_quotas_do) {
  struct {
    const char* spec;
    table_window what;
  } cases[] = {
    {"new-table-404=0s..120s", table_window::created},
    {"recreate-404=1min", table_window::recreated},
    {"recreate-loss=1min", table_window::lost},
    {"stale-schema=1min", table_window::stale_schema},
  };
  for (auto& x : cases)
    EXPECT_EQ(std::get<fault>(parse_fault(x.spec)).window, x.what) << x.spec;
  auto quota = std::get<fault>(
    parse_fault("quota-bytes=10MB/s,quota-rows=1000/s,per=table"));
  EXPECT_EQ(quota.quota_bytes, 10e6);
  EXPECT_EQ(quota.quota_rows, 1e3);
  EXPECT_TRUE(quota.quota_per_table);
  EXPECT_FALSE(quota.has_outcome());
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
    {"status=200", "status=200: want"},
    {"status=204", "status=204: want"},
    {"status=304", "status=304: want"},
    {"status=600", "status=600: want"},
    {"status=503,retry-after=-1", "retry-after=-1: want"},
    {"status=503,retry-after=date:", "retry-after=date:: want"},
    {"method=insertall", "method=insertall: want"},
    {"table=t,status=500", "table=t: want"},
    {"latency=5", "latency=5: want"},
    {"reset=maybe", "reset=maybe: want"},
    {"status=500,probability=2", "probability=2: want"},
    {"status=500,probability=nan", "probability=nan: want"},
    {"status=500,status=500", "status is given twice"},
    {"status=500,count=-1", "count=-1: want"},
    {"rows=timeout,every=0", "every=0: want"},
    {"status=500,reset=after", "only one of"},
    {"count=1", "want one of"},
    {"rows=timeout,method=tables.get", "need method"},
    {"reset=after,early=true", "need status"},
    {"latency=1s,body=html", "need status"},
    {"rows=timeout,reason=invalid", "reason needs"},
    {"reset=after,reason=backendError", "reason needs"},
    {"new-table-404=1s,message=gone", "message needs"},
    {"status=503,every=2", "every needs rows"},
    {"status=503,per=table", "per needs a quota"},
    {"status=500,early=true,commit=true", "exclude"},
    {"table=p.d.t,status=500", "table=p.d.t: want"},
    {"latency=2s..1s", "latency=2s..1s: want"},
    {"latency=lognormal:8ms", "latency=lognormal:8ms: want"},
    {"latency-per-mb=80", "latency-per-mb=80: want"},
    {"latency-max=2s", "want one of"},
    {"stall=x", "stall=x: want"},
    {"truncate=-1", "truncate=-1: want"},
    {"truncate=most", "truncate=most: want"},
    {"truncate=half,truncate=1", "truncate is given twice"},
    {"drip=100B", "drip=100B: want"},
    {"bandwidth=10MB", "bandwidth=10MB: want a rate such as 10MB/s"},
    {"bandwidth=0MB/s", "bandwidth=0MB/s: want"},
    {"bandwidth=1MB/s,status=413,early=true", "early leaves no body"},
    {"reset=after,stall=1s", "leaves no answer"},
    {"status=500,nth=0", "nth=0: want"},
    {"status=500,from=x", "from=x: want"},
    {"status=500,for=5", "for=5: want"},
    {"status=500,for=5s,period=5s", "shorter for"},
    {"status=500,period=5s", "shorter for"},
    {"new-table-404=60", "new-table-404=60: want"},
    {"new-table-404=0s", "new-table-404=0s: want"},
    {"new-table-404=1s,recreate-404=1s", "no other window"},
    {"new-table-404=1s,status=404", "only one of"},
    {"stale-schema=1s,method=tables.get", "need method=insertAll"},
    {"quota-rows=0/s", "quota-rows=0/s: want"},
    {"quota-bytes=10/s", "quota-bytes=10/s: want"},
    {"quota-rows=1/s,per=dataset", "per=dataset: want"},
    {"quota-rows=1/s,rows=timeout", "only one of"},
  };
  for (auto& x : cases) {
    auto parsed = parse_fault(x.spec);
    auto words = std::get_if<std::string>(&parsed);
    ASSERT_NE(words, nullptr) << x.spec;
    EXPECT_NE(words->find(x.words), std::string::npos) << *words;
  }
}

} // namespace
