#include "actors/failure_history.hpp"

#include <algorithm>
#include <utility>

namespace bqs {

namespace {

/// What a row costs beside its bytes.
constexpr std::size_t row_overhead = 64;

} // namespace

failure_history::failure_history(std::size_t most_rows, std::size_t most_bytes,
                                 std::string project)
  : most_rows_(most_rows), most_bytes_(most_bytes),
    project_(std::move(project)) {
  // nop
}

std::size_t failure_history::cost(const failure& x) noexcept {
  auto result = sizeof(failure) + x.why.reason.size() + x.why.message.size()
                + x.why.location.size();
  for (auto& row : x.rows)
    result += row.json.size() + row.insert_id.size() + row_overhead;
  return result;
}

bool failure_history::matches(const caf::optional<table_ref>& only,
                              const table_ref& table) const {
  return !only || names(*only, table, project_);
}

void failure_history::count(const table_ref& table, std::uint64_t rows) {
  totals_[table] += rows;
}

void failure_history::keep(const failure& x) {
  if (!keeps())
    return;
  kept_.push_back(x);
  rows_ += x.rows.size();
  bytes_ += cost(x);
  shrink();
}

void failure_history::shrink() {
  while (!kept_.empty()) {
    auto& oldest = kept_.front();
    if (bytes_ > most_bytes_ || rows_ - oldest.rows.size() >= most_rows_) {
      rows_ -= oldest.rows.size();
      bytes_ -= cost(oldest);
      kept_.pop_front();
    } else if (rows_ > most_rows_) {
      bytes_ -= cost(oldest);
      auto surplus = static_cast<std::ptrdiff_t>(rows_ - most_rows_);
      oldest.rows.erase(oldest.rows.begin(), oldest.rows.begin() + surplus);
      rows_ = most_rows_;
      bytes_ += cost(oldest);
    } else {
      return;
    }
  }
}

std::uint64_t
failure_history::total(const caf::optional<table_ref>& only) const {
  std::uint64_t result = 0;
  for (auto& [table, rows] : totals_)
    if (matches(only, table))
      result += rows;
  return result;
}

std::vector<failure>
failure_history::last(std::uint64_t most,
                      const caf::optional<table_ref>& only) const {
  std::vector<failure> result;
  for (auto i = kept_.rbegin(); i != kept_.rend() && most > 0; ++i) {
    if (!matches(only, i->table))
      continue;
    auto taken = std::min<std::uint64_t>(most, i->rows.size());
    failure part{i->table, i->why, i->attempts, i->time, {}};
    part.rows.assign(i->rows.end() - static_cast<std::ptrdiff_t>(taken),
                     i->rows.end());
    result.push_back(std::move(part));
    most -= taken;
  }
  std::reverse(result.begin(), result.end());
  return result;
}

} // namespace bqs
