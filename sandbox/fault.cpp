#include "sandbox/fault.hpp"

#include <set>

#include "sandbox/fault_keys.hpp"
#include "sandbox/routes.hpp"

namespace bqs::sandbox {

namespace {

/// Returns what in a fault does not go together.
std::string check(const fault& x) {
  auto& when = x.when;
  auto resets = x.reset != reset_point::none;
  auto answers = (x.status ? 1 : 0) + (resets ? 1 : 0)
                 + (x.rows.empty() ? 0 : 1) + (x.has_quota() ? 1 : 0)
                 + (x.window == table_window::none ? 0 : 1);
  if (answers > 1)
    return "fault: only one of status, reset, rows, a quota and a window is "
           "possible";
  if (answers == 0 && x.latency.empty() && !x.bandwidth && x.answer.empty())
    return "fault: want one of status, reset, rows, latency, bandwidth, stall, "
           "truncate, drip, a quota or a window";
  if (x.concerns_rows() && !matches(x.method, api_method::insert_all))
    return "fault: rows, quotas and windows need method=insertAll";
  if ((x.early || x.commit || x.retry_after || x.body != fault_body::json)
      && !x.status)
    return "fault: early, commit, retry-after and body need status";
  if (!x.reason.empty() && !x.status && !x.has_quota())
    return "fault: reason needs status or a quota";
  if (!x.message.empty() && !x.status && !x.has_quota() && x.rows.empty())
    return "fault: message needs status, a quota or rows";
  if (x.every != 1 && x.rows.empty())
    return "fault: every needs rows";
  if (x.quota_per_table && !x.has_quota())
    return "fault: per needs a quota";
  if (x.early && x.commit)
    return "fault: early and commit exclude each other";
  if (x.early && x.bandwidth)
    return "fault: early leaves no body to read with a bandwidth";
  if (resets && !x.answer.empty())
    return "fault: a reset leaves no answer to stall, truncate or drip";
  if (when.period && (!when.length || *when.length >= *when.period))
    return "fault: period needs a shorter for";
  return {};
}

} // namespace

std::variant<fault, std::string> parse_fault(std::string_view spec) {
  fault result;
  result.spec = spec;
  std::string pair;
  std::set<std::string> keys;
  for (std::size_t i = 0; i <= spec.size(); ++i) {
    if (i < spec.size() && spec[i] == '\\' && i + 1 < spec.size()) {
      pair += spec[++i];
      continue;
    }
    if (i < spec.size() && spec[i] != ',') {
      pair += spec[i];
      continue;
    }
    auto words = read_fault_pair(pair, result);
    auto key = pair.substr(0, pair.find('='));
    if (words.empty() && !keys.insert(key).second)
      words = "fault: " + key + " is given twice";
    if (!words.empty())
      return words;
    pair.clear();
  }
  auto words = check(result);
  if (!words.empty())
    return words;
  return result;
}

} // namespace bqs::sandbox
