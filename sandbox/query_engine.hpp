#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <semaphore>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "sandbox/catalog.hpp"
#include "sandbox/query_plan.hpp"
#include "sandbox/store.hpp"

namespace bqs::sandbox {

/// What one query may take.
struct query_limits {
  std::chrono::milliseconds time{20'000};
  /// Of the result, as stored.
  std::size_t result_bytes = 32u << 20;
  /// Whether rows of tables can be read at all.
  bool has_rows = true;
};

/// What a query returns: rows as a table stores them, by a schema of its own.
struct query_result {
  /// A `schema.fields` list.
  nlohmann::ordered_json fields;
  columns schema;
  std::vector<std::string> rows;
  std::size_t bytes = 0;
};

/// Runs queries, each on a connection of its own that holds nothing but what
/// the query reads. From any thread; a few at once, the others wait.
class query_engine {
public:
  query_engine(const catalog& all, store& rows, query_limits limits = {});

  /// Runs a query to its end; with `dry`, only finds out its schema. Throws a
  /// `refusal`.
  query_result run(std::string_view text, const sql::query_context& context,
                   bool dry);

  /// Ends what is running, and what is asked later.
  void stop();

private:
  void collect(const sql::query_plan& plan, query_result& into);

  const catalog& all_;
  store& rows_;
  query_limits limits_;
  std::counting_semaphore<> running_;
  std::atomic<bool> stopping_{false};
};

} // namespace bqs::sandbox
