#pragma once

#include <chrono>
#include <mutex>
#include <semaphore>
#include <string>
#include <string_view>
#include <vector>

#include "sandbox/catalog.hpp"
#include "sandbox/dedup.hpp"
#include "sandbox/errors.hpp"
#include "sandbox/fault_board.hpp"
#include "sandbox/insert_answer.hpp"
#include "sandbox/insert_request.hpp"
#include "sandbox/ledger.hpp"
#include "sandbox/manager.hpp"
#include "sandbox/server.hpp"
#include "sandbox/store.hpp"

namespace bqs::sandbox {

/// The method that this endpoint is for. From any thread; a request that is
/// refused whole throws a `refusal`.
class insert_all {
public:
  insert_all(const options& opts, catalog& all, manager& tables, store& rows,
             ledger& counts);

  /// Stores what shall be stored and returns the answer.
  /// @param at the table as addressed, decorator included.
  /// @param target becomes `DATASET.TABLE` of the rows, when known.
  reply run(const table_name& at, const std::string& body,
            const fault_plan& plan, std::string& target);

private:
  /// One row that may be stored: where its text is in the buffer.
  struct stored_text {
    std::string_view insert_id;
    std::size_t offset;
    std::size_t size;
  };

  /// What became of the rows of one request.
  struct sorted_rows {
    std::string buffer;
    std::vector<stored_text> good;
    std::vector<row_problem> problems;
  };

  table_ptr create_table(const table_name& at, const insert_request& x);
  table_ptr find_table(const table_name& at, const insert_request& x);
  sorted_rows sort_rows(const table_entry& to, const table_name& at,
                        const insert_request& x, const fault_plan& plan) const;
  bool write_row(const sent_row& row, class row_writer& writer,
                 std::string& buffer, row_problem& out) const;
  std::chrono::sys_days today() const;
  void check_quotas(const fault_plan& plan, const table_name& at,
                    std::size_t bytes, const insert_request& x) const;
  table_ptr schema_for(const table_ptr& to, const fault_plan& plan) const;
  /// Returns how many rows were new, and their bytes.
  table_counts commit(const table_entry& to, const table_name& at,
                      const std::string& remembered_as, const sorted_rows& x);

  const options& opts_;
  catalog& all_;
  manager& tables_;
  store& rows_;
  ledger& counts_;
  /// Bounds the memory for bodies that are being read.
  std::counting_semaphore<> readers_;
  /// Guards `seen_`; held until the rows are committed, so that two requests
  /// with the same id cannot both be the first.
  std::mutex commits_;
  dedup seen_;
};

/// Returns a table's id without its `$` decorator.
std::string without_decorator(const std::string& table);

} // namespace bqs::sandbox
