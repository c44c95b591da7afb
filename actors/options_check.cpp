#include "actors/options_check.hpp"

#include <cstdint>
#include <utility>

namespace bqs {

namespace {

constexpr std::size_t KiB = 1u << 10;
constexpr std::size_t MiB = 1u << 20;
constexpr std::size_t GiB = 1u << 30;

/// Collects the first thing that is wrong.
class checker {
public:
  explicit checker(std::string place) : place_(std::move(place)) {
    // nop
  }

  void count(const char* key, std::uint64_t x, std::uint64_t least,
             std::uint64_t most) {
    within(key, x, least, most, "");
  }

  void bytes(const char* key, std::uint64_t x, std::uint64_t least,
             std::uint64_t most) {
    within(key, x, least, most, " bytes");
  }

  void time(const char* key, std::chrono::milliseconds x,
            std::chrono::milliseconds least, std::chrono::milliseconds most) {
    within(key, x.count(), least.count(), most.count(), " ms");
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
  is.count("batch.rows", x.batch.rows, 1, 50'000);
  is.bytes("batch.bytes", x.batch.bytes, 1, 9 * MiB);
  is.time("batch.age", x.batch.age, 1ms, 24h);
  is.count("batch.max-rows", x.batch.max_rows, 1, 50'000);
  is.bytes("batch.max-bytes", x.batch.max_bytes, KiB, 9 * MiB);
  is.order("batch.rows", x.batch.rows, "batch.max-rows", x.batch.max_rows);
  is.order("batch.bytes", x.batch.bytes, "batch.max-bytes", x.batch.max_bytes);
  is.time("retry.base", x.retry.base, 1ms, 1h);
  is.time("retry.cap", x.retry.cap, 1ms, 24h);
  is.order("retry.base", x.retry.base, "retry.cap", x.retry.cap);
  is.time("retry.max-age", x.retry.max_age, 0ms, 720h);
  is.time("retry.missing-table-grace", x.retry.missing_table_grace, 0ms, 24h);
  is.count("retry.probe-rows", x.retry.probe_rows, 1, 50'000);
  is.count("retry.bisect-requests", x.retry.bisect_requests, 0, 100'000);
  return is.why();
}

} // namespace

std::string check_options(const node_options& x) {
  checker is{""};
  is.time("bigquery.timeout", x.bigquery.timeout, 100ms, 1h);
  is.time("bigquery.connect-timeout", x.bigquery.connect_timeout, 10ms, 1h);
  is.time("bigquery.write-timeout", x.bigquery.write_timeout, 10ms, 1h);
  is.time("bigquery.answer-timeout", x.bigquery.answer_timeout, 10ms, 1h);
  is.bytes("bigquery.max-answer-bytes", x.bigquery.max_answer_bytes, 64 * KiB,
           256 * MiB);
  is.count("receipts.window", x.receipts_window, 1, 1'000'000);
  is.time("receipts.keep-for", x.receipts_keep_for, 0ms, 168h);
  is.count("dispatch.max-in-flight", x.max_in_flight, 1, 1024);
  is.count("dispatch.start-in-flight", x.start_in_flight, 0, 1024);
  is.count("streamers.per-table", x.streamers_per_table, 1, 64);
  is.time("streamers.idle", x.streamers_idle, 10ms, 24h);
  is.bytes("budget.max-buffered-bytes", x.max_buffered_bytes, 64 * KiB,
           1024 * GiB);
  is.bytes("budget.max-block-bytes", x.max_block_bytes, 4 * KiB, GiB);
  if (x.max_block_bytes > x.max_buffered_bytes / 2)
    is.refuse("budget.max-block-bytes must be at most half of "
              "budget.max-buffered-bytes");
  is.time("drain.timeout", x.drain_timeout, 0ms, 24h);
  is.bytes("failures.window", x.failures_window, KiB, GiB);
  is.bytes("dead-letters.file-bytes", x.dead_letters.file_bytes, 4 * KiB,
           64 * GiB);
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
