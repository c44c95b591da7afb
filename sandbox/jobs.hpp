#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include <nlohmann/json.hpp>

#include "sandbox/errors.hpp"
#include "sandbox/job_store.hpp"
#include "sandbox/list_data.hpp"
#include "sandbox/manager.hpp"
#include "sandbox/message.hpp"
#include "sandbox/query_engine.hpp"

namespace bqs::sandbox {

/// The dataset in which results can be read as tables.
inline constexpr const char* results_dataset = "_sandbox_results";

/// The methods about queries. A query is run by the request that brings it, so
/// a job that can be seen is done. From any thread; a request that cannot be
/// granted throws a `refusal`.
class jobs {
public:
  jobs(query_engine& engine, time_source clock);

  /// jobs.query.
  reply query(const table_name& at, const request& x);
  /// jobs.insert.
  reply insert(const table_name& at, const request& x);
  /// jobs.get.
  reply get(const table_name& at, const std::string& id);
  /// jobs.getQueryResults.
  reply results(const table_name& at, const std::string& id, const request& x);
  reply list(const table_name& at, const request& x);
  /// There is nothing to cancel any more.
  reply cancel(const table_name& at, const std::string& id);

  /// tabledata.list and tables.get of a result.
  reply list_data(const table_name& at, const request& x);
  reply get_table(const table_name& at);

private:
  using json = nlohmann::ordered_json;

  std::int64_t millis() const;
  std::string new_id();
  job run(const table_name& at, const json& wanted, bool dry);
  void keep(job x, const std::string& id, job_ptr& out);
  job_ptr find(const table_name& at, const std::string& id) const;

  query_engine& engine_;
  time_source clock_;
  job_store known_;
  std::atomic<std::uint64_t> made_{0};
};

} // namespace bqs::sandbox
