#include "sandbox/quota.hpp"

namespace bqs::sandbox {

namespace {

constexpr std::size_t most_accounts = 10'000;

std::string words(const table_name& at, bool bytes, bool per_table) {
  if (per_table)
    return "Your table: " + at.table + " exceeded quota for streaming insert "
           + (bytes ? "bytes" : "rows") + " per second.";
  if (bytes)
    return "Your entity with gaia_id: 0, project: " + at.project
           + " in region: us exceeded quota for insert bytes per second.";
  return "Your project: " + at.project
         + " in us exceeded quota for streaming insert rows per second.";
}

} // namespace

quota::quota(const fault& x) : what_(x) {
  // nop
}

std::optional<refusal> quota::take(const table_name& at, std::size_t bytes,
                                   std::size_t rows, time_point now) {
  std::lock_guard guard{mutex_};
  auto& x = account_of(at, now);
  if (x.bytes && !x.bytes->open(now))
    return exceeded(at, true);
  if (x.rows && rows > 0 && !x.rows->open(now))
    return exceeded(at, false);
  if (x.bytes)
    x.bytes->take(static_cast<double>(bytes));
  if (x.rows)
    x.rows->take(static_cast<double>(rows));
  return std::nullopt;
}

quota::account& quota::account_of(const table_name& at, time_point now) {
  auto key = what_.quota_per_table ? at.dataset + "." + at.table : at.project;
  auto i = accounts_.find(key);
  if (i != accounts_.end())
    return i->second;
  // One that is full is as good as a new one; only names that nobody has can
  // be so many.
  if (accounts_.size() >= most_accounts)
    std::erase_if(accounts_, [&](auto& x) {
      return (!x.second.bytes || x.second.bytes->full(now))
             && (!x.second.rows || x.second.rows->full(now));
    });
  auto& result = accounts_[key];
  if (what_.quota_bytes)
    result.bytes.emplace(*what_.quota_bytes, now);
  if (what_.quota_rows)
    result.rows.emplace(*what_.quota_rows, now);
  return result;
}

refusal quota::exceeded(const table_name& at, bool bytes) const {
  auto text = what_.message.empty() ? words(at, bytes, what_.quota_per_table)
                                    : what_.message;
  auto reason = what_.reason.empty() ? "quotaExceeded" : what_.reason;
  return {403, reason, text, {}, {}, {}};
}

} // namespace bqs::sandbox
