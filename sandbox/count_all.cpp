#include "sandbox/count_all.hpp"

#include <nlohmann/json.hpp>

#include "sandbox/insert_all.hpp"
#include "sandbox/insert_answer.hpp"

namespace bqs::sandbox {

namespace {

using json = nlohmann::ordered_json;

/// Returns the rows that a fault names.
std::vector<row_problem> drop_rows(const fault_plan& plan, std::uint64_t rows) {
  std::vector<row_problem> result;
  if (!plan.outcome || plan.outcome->rows.empty())
    return result;
  auto& f = *plan.outcome;
  auto number = plan.rows_seen->fetch_add(rows);
  for (std::uint32_t i = 0; i < rows; ++i)
    if ((number + i + 1) % f.every == 0)
      result.push_back({i, f.rows, "", f.message});
  return result;
}

} // namespace

count_all::count_all(const options& opts, manager& tables, ledger& counts)
  : opts_(opts), tables_(tables), counts_(counts) {
  // nop
}

reply count_all::run(const table_name& at, const row_scan& body,
                     const fault_plan& plan, std::string& target) {
  auto found = body.total();
  if (!found.whole)
    throw not_json("Unexpected end of string.");
  if (found.rows == 0)
    throw no_rows();
  if (found.rows > opts_.limits.rows)
    throw too_many_rows(found.rows, opts_.limits.rows);
  auto name = at;
  name.table = without_decorator(at.table);
  // Insert ids are not looked for: rows count as if they had some.
  for (auto& each : plan.quotas)
    if (auto why = each->take(name, found.bytes, found.rows, opts_.clock()))
      throw *std::move(why);
  target = name.dataset + "." + name.table;
  auto problems = drop_rows(plan, found.rows);
  table_counts counted;
  auto& kept = plan.lose_rows ? counted.lost : counted.committed;
  kept = found.rows - problems.size();
  counted.rejected = problems.size();
  for (auto& each : problems)
    ++counted.rejected_by_reason[each.reason];
  if (!plan.lose_rows) {
    counted.bytes = found.bytes;
    std::lock_guard guard{mutex_};
    auto& size = sizes_[target];
    size.rows += kept;
    size.bytes += found.bytes;
  }
  counts_.count_rows(target, counted);
  reply result;
  result.body = render_insert_answer(problems);
  if (!problems.empty())
    result.note = "with errors";
  return result;
}

reply count_all::get_table(const table_name& at, const request& x) {
  tables_.ensure_table(at, json::array());
  auto result = tables_.get_table(at, x);
  auto resource = json::parse(result.body);
  auto counted = size(at.dataset + "." + at.table);
  resource["numRows"] = std::to_string(counted.rows);
  resource["numBytes"] = std::to_string(counted.bytes);
  result.body = resource.dump();
  return result;
}

table_size count_all::size(const std::string& table) const {
  std::lock_guard guard{mutex_};
  auto known = sizes_.find(table);
  return known == sizes_.end() ? table_size{} : known->second;
}

} // namespace bqs::sandbox
