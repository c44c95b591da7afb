#include "sandbox/job_store.hpp"

#include <algorithm>

namespace bqs::sandbox {

namespace {

/// Besides the rows, the texts of the request count.
std::size_t size_of(const job& x) {
  return x.result.bytes + x.configuration.dump().size();
}

} // namespace

job_store::job_store(std::size_t most, std::size_t most_bytes)
  : most_(most), most_bytes_(most_bytes) {
  // nop
}

bool job_store::add(job_ptr x) {
  std::lock_guard guard{mutex_};
  for (auto& known : jobs_)
    if (known->project == x->project && known->id == x->id)
      return false;
  bytes_ += size_of(*x);
  jobs_.push_front(std::move(x));
  while (jobs_.size() > most_ || (bytes_ > most_bytes_ && jobs_.size() > 1)) {
    bytes_ -= size_of(*jobs_.back());
    jobs_.pop_back();
  }
  return true;
}

template <class Matches>
job_ptr job_store::find_if(Matches matches) const {
  std::lock_guard guard{mutex_};
  auto found = std::find_if(jobs_.begin(), jobs_.end(),
                            [&](auto& x) { return matches(*x); });
  return found == jobs_.end() ? nullptr : *found;
}

job_ptr job_store::find(const std::string& project,
                        const std::string& id) const {
  return find_if([&](auto& x) { return x.project == project && x.id == id; });
}

job_ptr job_store::find_request(const std::string& project,
                                const std::string& request_id) const {
  return find_if([&](auto& x) {
    return x.project == project && x.request_id == request_id;
  });
}

job_ptr job_store::find_table(const std::string& table) const {
  return find_if([&](auto& x) { return x.table == table; });
}

std::vector<job_ptr> job_store::list(const std::string& project) const {
  std::lock_guard guard{mutex_};
  std::vector<job_ptr> result;
  for (auto& x : jobs_)
    if (x->project == project)
      result.push_back(x);
  return result;
}

} // namespace bqs::sandbox
