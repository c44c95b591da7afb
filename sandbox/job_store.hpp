#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "sandbox/errors.hpp"
#include "sandbox/query_engine.hpp"

namespace bqs::sandbox {

/// A query that ran.
struct job {
  std::string project;
  std::string id;
  std::string location;
  /// `configuration` of the resource.
  nlohmann::ordered_json configuration;
  /// Milliseconds since 1970.
  std::int64_t started = 0;
  std::int64_t ended = 0;
  query_result result;
  /// If it failed.
  std::optional<refusal> error;
  /// The client's; empty: none.
  std::string request_id;
  /// Where the result can be read as a table.
  std::string table;
};

using job_ptr = std::shared_ptr<const job>;

/// Remembers the last jobs, in memory. The oldest are forgotten when there are
/// too many, or when their results are too large together. From any thread.
class job_store {
public:
  job_store(std::size_t most = 1'000, std::size_t most_bytes = 64u << 20);

  /// False if there is one of that id.
  bool add(job_ptr x);

  job_ptr find(const std::string& project, const std::string& id) const;
  job_ptr find_request(const std::string& project,
                       const std::string& request_id) const;
  job_ptr find_table(const std::string& table) const;

  /// The youngest first.
  std::vector<job_ptr> list(const std::string& project) const;

private:
  template <class Matches>
  job_ptr find_if(Matches matches) const;

  std::size_t most_;
  std::size_t most_bytes_;
  mutable std::mutex mutex_;
  std::size_t bytes_ = 0;
  std::list<job_ptr> jobs_;
};

} // namespace bqs::sandbox
