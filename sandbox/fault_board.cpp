#include "sandbox/fault_board.hpp"

#include <algorithm>

#include "sandbox/table_pattern.hpp"

namespace bqs::sandbox {

namespace {

using std::chrono::duration_cast;
using std::chrono::microseconds;

/// Returns a number from 0 to 1 that a name always gets.
double point_of(const std::string& name, std::uint64_t salt) {
  auto hash = salt ^ 14'695'981'039'346'656'037u; // FNV-1a, then mixed
  for (auto c : name)
    hash = (hash ^ static_cast<unsigned char>(c)) * 1'099'511'628'211u;
  for (auto i = 0; i < 2; ++i)
    hash = (hash ^ (hash >> 33)) * 0xff51'afd7'ed55'8ccdu;
  return static_cast<double>(hash >> 11) / static_cast<double>(1ull << 53);
}

microseconds window_of(const fault& x, const std::string& table,
                       std::uint64_t salt) {
  return x.window_length.at(point_of(table, salt));
}

} // namespace

microseconds fault_plan::latency(std::size_t body_bytes) const {
  microseconds sum{0};
  for (auto& x : latencies)
    sum += x.of(body_bytes);
  return sum;
}

microseconds fault_plan::pause(std::size_t bytes,
                               narrow_line::time_point now) const {
  microseconds longest{0};
  for (auto& x : lines)
    longest = std::max(longest, x->carry(bytes, now));
  return longest;
}

fault_board::fault_board(std::uint64_t seed, time_source clock,
                         const table_history* history)
  : seed_(seed), clock_(std::move(clock)), history_(history), since_(clock_()) {
  // nop
}

void fault_board::set(std::vector<fault> faults) {
  std::vector<entry> fresh;
  fresh.reserve(faults.size());
  for (auto& x : faults)
    fresh.push_back(
      make_entry(std::move(x), static_cast<std::uint32_t>(fresh.size())));
  auto now = clock_();
  std::lock_guard guard{mutex_};
  faults_ = std::move(fresh);
  since_ = now;
}

std::vector<std::string> fault_board::list() const {
  std::lock_guard guard{mutex_};
  std::vector<std::string> result;
  for (auto& x : faults_)
    result.push_back(x.what.spec);
  return result;
}

fault_plan fault_board::draw(api_method method, const std::string& table) {
  std::lock_guard guard{mutex_};
  fault_plan result;
  if (faults_.empty())
    return result;
  auto now = clock_();
  for (auto& each : faults_) {
    auto& x = each.what;
    // One that cannot have its effect any more is not used up.
    if (!matches(x.method, method) || !matches_table(x.table, table)
        || (x.concerns_rows() && method != api_method::insert_all)
        || (x.has_outcome() && result.outcome) || !chosen(each, table, now))
      continue;
    if (!x.latency.empty())
      result.latencies.push_back(sandbox::draw(x.latency, each.dice));
    if (x.has_outcome()) {
      result.outcome = x;
      result.rows_seen = each.rows_seen;
    }
    if (each.limit)
      result.quotas.push_back(each.limit);
    if (each.line)
      result.lines.push_back(each.line);
    if (x.window == table_window::stale_schema)
      result.schema_age = window_of(x, table, each.salt);
    result.lose_rows |= x.window == table_window::lost;
  }
  return result;
}

fault_board::entry fault_board::make_entry(fault what,
                                           std::uint32_t index) const {
  std::seed_seq parts{static_cast<std::uint32_t>(seed_),
                      static_cast<std::uint32_t>(seed_ >> 32), index};
  entry result;
  result.dice.seed(parts);
  result.salt = result.dice();
  result.rows_seen = std::make_shared<std::atomic<std::uint64_t>>(0);
  if (what.has_quota())
    result.limit = std::make_shared<quota>(what);
  if (what.bandwidth)
    result.line = std::make_shared<narrow_line>(*what.bandwidth);
  result.what = std::move(what);
  return result;
}

bool fault_board::chosen(entry& each, const std::string& table,
                         std::chrono::system_clock::time_point now) {
  auto& x = each.what;
  // The clock may be set back.
  auto since_set = std::max(now, since_) - since_;
  if (!x.when.active(duration_cast<microseconds>(since_set))
      || (x.count && *x.count == 0) || !in_window(each, table, now))
    return false;
  if (++each.matched % x.nth != 0)
    return false;
  if (x.probability < 1
      && std::uniform_real_distribution{0.0, 1.0}(each.dice) >= x.probability)
    return false;
  if (x.count)
    --*x.count;
  return true;
}

bool fault_board::in_window(const entry& each, const std::string& table,
                            std::chrono::system_clock::time_point now) const {
  auto& x = each.what;
  if (x.window == table_window::none || x.window == table_window::stale_schema)
    return true;
  auto made = history_ == nullptr ? std::nullopt : history_->find(table);
  if (!made || (x.window != table_window::created && !made->again))
    return false;
  return now < made->when + window_of(x, table, each.salt);
}

} // namespace bqs::sandbox
