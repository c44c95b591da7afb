#include "actors/options_check.hpp"

#include <cstdint>
#include <utility>

#include "actors/option_ranges.hpp"

namespace bqs {

namespace {

/// Collects the first thing that is wrong.
class checker {
public:
  explicit checker(std::string place) : place_(std::move(place)) {
    // nop
  }

  void count(const char* key, std::uint64_t x, const ranges::number& in) {
    within(key, x, in.least, in.most, "");
  }

  void bytes(const char* key, std::uint64_t x, const ranges::number& in) {
    within(key, x, in.least, in.most, " bytes");
  }

  void time(const char* key, std::chrono::milliseconds x,
            const ranges::time& in) {
    within(key, x.count(), in.least.count(), in.most.count(), " ms");
  }

  template <class T>
  void order(const char* low, T x, const char* high, T y) {
    if (x > y)
      refuse(std::string{low} + " must be at most " + high);
  }

  void refuse(const std::string& text) {
    if (why_.empty())
      why_ = place_ + text;
  }

  const std::string& why() const noexcept {
    return why_;
  }

private:
  template <class T>
  void within(const char* key, T x, T least, T most, const char* unit) {
    if (x < least || x > most)
      refuse(std::string{key} + " must be from " + std::to_string(least)
             + " to " + std::to_string(most) + unit + ", not "
             + std::to_string(x));
  }

  std::string place_;
  std::string why_;
};

std::string check_table(const std::string& place, const table_options& x) {
  checker is{place};
  is.count("batch.rows", x.batch.rows, ranges::batch_rows);
  is.bytes("batch.bytes", x.batch.bytes, ranges::batch_bytes);
  is.time("batch.age", x.batch.age, ranges::batch_age);
  is.count("batch.max-rows", x.batch.max_rows, ranges::batch_max_rows);
  is.bytes("batch.max-bytes", x.batch.max_bytes, ranges::batch_max_bytes);
  is.order("batch.rows", x.batch.rows, "batch.max-rows", x.batch.max_rows);
  is.order("batch.bytes", x.batch.bytes, "batch.max-bytes", x.batch.max_bytes);
  is.time("retry.base", x.retry.base, ranges::retry_base);
  is.time("retry.cap", x.retry.cap, ranges::retry_cap);
  is.order("retry.base", x.retry.base, "retry.cap", x.retry.cap);
  is.time("retry.max-age", x.retry.max_age, ranges::retry_max_age);
  is.time("retry.missing-table-grace", x.retry.missing_table_grace,
          ranges::retry_missing_table_grace);
  is.count("retry.probe-rows", x.retry.probe_rows, ranges::retry_probe_rows);
  is.count("retry.bisect-requests", x.retry.bisect_requests,
           ranges::retry_bisect_requests);
  return is.why();
}

} // namespace

std::string check_options(const node_options& x) {
  checker is{""};
  is.time("bigquery.timeout", x.bigquery.timeout, ranges::bigquery_timeout);
  is.time("bigquery.connect-timeout", x.bigquery.connect_timeout,
          ranges::bigquery_connect_timeout);
  is.time("bigquery.write-timeout", x.bigquery.write_timeout,
          ranges::bigquery_write_timeout);
  is.time("bigquery.answer-timeout", x.bigquery.answer_timeout,
          ranges::bigquery_answer_timeout);
  is.bytes("bigquery.max-answer-bytes", x.bigquery.max_answer_bytes,
           ranges::bigquery_max_answer_bytes);
  is.count("receipts.window", x.receipts_window, ranges::receipts_window);
  is.time("receipts.keep-for", x.receipts_keep_for, ranges::receipts_keep_for);
  is.count("dispatch.max-in-flight", x.max_in_flight,
           ranges::dispatch_max_in_flight);
  is.count("dispatch.start-in-flight", x.start_in_flight,
           ranges::dispatch_start_in_flight);
  is.count("streamers.per-table", x.streamers_per_table,
           ranges::streamers_per_table);
  is.time("streamers.idle", x.streamers_idle, ranges::streamers_idle);
  is.bytes("budget.max-buffered-bytes", x.max_buffered_bytes,
           ranges::budget_max_buffered_bytes);
  is.bytes("budget.max-block-bytes", x.max_block_bytes,
           ranges::budget_max_block_bytes);
  if (x.max_block_bytes > x.max_buffered_bytes / 2)
    is.refuse("budget.max-block-bytes must be at most half of "
              "budget.max-buffered-bytes");
  is.time("drain.timeout", x.drain_timeout, ranges::drain_timeout);
  is.bytes("failures.window", x.failures_window, ranges::failures_window);
  is.bytes("dead-letters.file-bytes", x.dead_letters.file_bytes,
           ranges::dead_letters_file_bytes);
  is.order("dead-letters.file-bytes", x.dead_letters.file_bytes,
           "dead-letters.max-bytes", x.dead_letters.max_bytes);
  if (!is.why().empty())
    return is.why();
  if (auto why = check_table("", x.defaults); !why.empty())
    return why;
  for (auto& [name, options] : x.tables)
    if (auto why = check_table("[table." + name + "] ", options); !why.empty())
      return why;
  return {};
}

} // namespace bqs
