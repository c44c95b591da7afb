#include "sandbox/fault_board.hpp"

namespace bqs::sandbox {

fault_board::fault_board(std::uint64_t seed) : dice_(seed) {
  // nop
}

void fault_board::set(std::vector<fault> faults) {
  std::lock_guard guard{mutex_};
  faults_.clear();
  for (auto& x : faults)
    faults_.push_back(
      {std::move(x), std::make_shared<std::atomic<std::uint64_t>>(0)});
}

std::vector<std::string> fault_board::list() const {
  std::lock_guard guard{mutex_};
  std::vector<std::string> result;
  for (auto& x : faults_)
    result.push_back(x.what.spec);
  return result;
}

fault_plan fault_board::draw(api_method method, std::string_view table) {
  std::lock_guard guard{mutex_};
  fault_plan result;
  for (auto& [x, rows_seen] : faults_) {
    // One that cannot have its effect any more is not used up.
    if (!matches(x.method, method) || (!x.table.empty() && x.table != table)
        || (x.count && *x.count == 0) || (x.has_outcome() && result.outcome))
      continue;
    if (x.probability < 1
        && std::uniform_real_distribution{0.0, 1.0}(dice_) >= x.probability)
      continue;
    if (x.count)
      --*x.count;
    result.latency += x.latency;
    if (x.has_outcome()) {
      result.outcome = x;
      result.rows_seen = rows_seen;
    }
  }
  return result;
}

} // namespace bqs::sandbox
