#include "sandbox/insert_all.hpp"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "sandbox/infer.hpp"
#include "sandbox/row.hpp"
#include "sandbox/times.hpp"
#include "sandbox/wordings.hpp"

namespace bqs::sandbox {

namespace {

// Of the whole body; the front's JSON layer has such a bound, too.
constexpr std::size_t max_depth = 100;
constexpr std::ptrdiff_t most_readers = 4;
// With a template's suffix.
constexpr std::size_t max_table_id = 1'024;

class slot {
public:
  explicit slot(std::counting_semaphore<>& of) : of_(of) {
    of_.acquire();
  }

  slot(const slot&) = delete;
  slot& operator=(const slot&) = delete;

  ~slot() {
    of_.release();
  }

private:
  std::counting_semaphore<>& of_;
};

bool is_suffix(std::string_view x) {
  return std::all_of(x.begin(), x.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
           || (c >= '0' && c <= '9') || c == '_';
  });
}

/// Moves the good rows to the problems: one guilty row stops them all.
template <class Rows>
void stop_all(std::vector<row_problem>& problems, Rows& good,
              std::size_t rows) {
  std::vector<bool> guilty(rows);
  for (auto& x : problems)
    guilty[x.index] = true;
  for (std::uint32_t i = 0; i < rows; ++i)
    if (!guilty[i])
      problems.push_back({i, "stopped", "", ""});
  good.clear();
}

} // namespace

insert_all::insert_all(const options& opts, catalog& all, manager& tables,
                       store& rows, ledger& counts)
  : opts_(opts), all_(all), tables_(tables), rows_(rows), counts_(counts),
    readers_(most_readers), seen_(opts.dedup_window, opts.dedup_ids) {
  // nop
}

reply insert_all::run(const table_name& at, const std::string& body,
                      const fault_plan& plan, std::string& target) {
  slot one{readers_};
  auto text = tape::parse(body, max_depth);
  if (auto words = std::get_if<std::string>(&text))
    throw not_json(*words);
  auto x = read_insert_request(std::get<tape>(text));
  if (x.rows.empty())
    throw no_rows();
  if (x.rows.size() > opts_.limits.rows)
    throw too_many_rows(x.rows.size(), opts_.limits.rows);
  check_quotas(plan, at, body.size(), x);
  auto to = find_table(at, x);
  target = to->dataset + "." + to->table;
  auto sorted = sort_rows(*schema_for(to, plan), at, x, plan);
  // By the reference as addressed: a template and its table are two. What a
  // deleted table was sent is no duplicate to the next one of its name.
  auto remembered_as = at.dataset + "." + at.table + "/"
                       + std::string{x.template_suffix} + "/"
                       + std::to_string(to->incarnation);
  table_counts counted;
  if (plan.lose_rows)
    counted.lost = sorted.good.size();
  else
    counted = commit(*to, at, remembered_as, sorted);
  counted.rejected = sorted.problems.size();
  for (auto& each : sorted.problems)
    ++counted.rejected_by_reason[each.reason];
  counts_.count_rows(target, counted);
  reply result;
  result.body = render_insert_answer(sorted.problems);
  if (!sorted.problems.empty())
    result.note = "with errors";
  return result;
}

void insert_all::check_quotas(const fault_plan& plan, const table_name& at,
                              std::size_t bytes,
                              const insert_request& x) const {
  if (plan.quotas.empty())
    return;
  auto named = std::count_if(x.rows.begin(), x.rows.end(), [](auto& each) {
    return !each.insert_id.empty();
  });
  auto name = at;
  name.table = without_decorator(at.table);
  for (auto& each : plan.quotas)
    if (auto why = each->take(name, bytes, static_cast<std::size_t>(named),
                              opts_.clock()))
      throw *std::move(why);
}

table_ptr insert_all::schema_for(const table_ptr& to,
                                 const fault_plan& plan) const {
  if (plan.schema_age.count() == 0)
    return to;
  auto past = tables_.history().at(to->dataset + "." + to->table,
                                   opts_.clock() - plan.schema_age);
  return past ? past : to;
}

/// Makes a missing table by the first row; not for a request that is refused
/// anyhow.
table_ptr insert_all::create_table(const table_name& at,
                                   const insert_request& x) {
  auto row = std::find_if(x.rows.begin(), x.rows.end(),
                          [](auto& each) { return each.json.has_value(); });
  if (row == x.rows.end())
    return nullptr;
  auto fields = infer_schema(*row->json);
  if (fields.empty())
    throw no_schema();
  check_decorator(at, {}, today()); // it will have no partitions
  auto name = at;
  name.table = without_decorator(at.table);
  return tables_.ensure_table(name, std::move(fields));
}

table_ptr insert_all::find_table(const table_name& at,
                                 const insert_request& x) {
  auto name = at;
  name.table = without_decorator(at.table);
  if (!x.template_suffix.empty()
      && (!is_suffix(x.template_suffix)
          || name.table.size() + x.template_suffix.size() > max_table_id))
    throw invalid("Invalid template suffix: " + std::string{x.template_suffix});
  auto to = all_.find(name.dataset, name.table);
  if (!to && opts_.create_tables)
    to = create_table(at, x);
  if (!to && !all_.find(name.dataset))
    throw dataset_not_found(name);
  if (!to)
    throw streaming_not_found(name);
  if (to->schema.size() == 0)
    throw no_schema();
  check_decorator(at, to->parts, today());
  if (x.template_suffix.empty())
    return to;
  return tables_.ensure_from_template(*to, std::string{x.template_suffix});
}

std::chrono::sys_days insert_all::today() const {
  return std::chrono::floor<std::chrono::days>(opts_.clock());
}

insert_all::sorted_rows insert_all::sort_rows(const table_entry& to,
                                              const table_name& at,
                                              const insert_request& x,
                                              const fault_plan& plan) const {
  sorted_rows result;
  result.good.reserve(x.rows.size());
  row_writer writer{to.schema, x.ignore_unknown_values};
  auto has_fault = plan.outcome && !plan.outcome->rows.empty();
  auto number = has_fault ? plan.rows_seen->fetch_add(x.rows.size()) : 0;
  std::vector<row_problem> dropped;
  auto by_column = to.parts.how == partitioning::kind::by_column;
  auto in_bounds = [&, now = today()](row_problem& problem) {
    auto value = std::string_view{result.buffer}.substr(writer.watched_at,
                                                        writer.watched_size);
    auto words = check_bounds({at.project, to.dataset, to.table},
                              to.schema[writer.watched], value, now);
    problem.message = words.value_or("");
    return !words;
  };
  writer.watched = to.parts.column;
  for (std::uint32_t i = 0; i < x.rows.size(); ++i) {
    row_problem problem{i, "invalid", "", ""};
    auto offset = result.buffer.size();
    if (!write_row(x.rows[i], writer, result.buffer, problem)
        || (by_column && !in_bounds(problem))) {
      result.buffer.resize(offset);
      result.problems.push_back(std::move(problem));
    } else if (has_fault && (number + i + 1) % plan.outcome->every == 0) {
      auto& f = *plan.outcome;
      // Only `invalid` rows stop their neighbours.
      auto& list = f.rows == "invalid" ? result.problems : dropped;
      list.push_back({i, f.rows, "", f.message});
      result.buffer.resize(offset);
    } else {
      result.good.push_back(
        {x.rows[i].insert_id, offset, result.buffer.size() - offset});
    }
  }
  if (!result.problems.empty() && !x.skip_invalid_rows)
    stop_all(result.problems, result.good, x.rows.size());
  else
    result.problems.insert(result.problems.end(), dropped.begin(),
                           dropped.end());
  return result;
}

bool insert_all::write_row(const sent_row& row, row_writer& writer,
                           std::string& buffer, row_problem& out) const {
  auto offset = buffer.size();
  if (row.insert_id.size() > opts_.limits.insert_id
      && count_characters(row.insert_id) > opts_.limits.insert_id) {
    out.message
      = say(flaw::insert_id_too_long, {std::to_string(opts_.limits.insert_id)});
    return false;
  }
  if (!row.json) // the service says nothing more, either
    return false;
  if (!writer.write(*row.json, buffer)) {
    out.location = std::move(writer.error.location);
    out.message = std::move(writer.error.message);
    return false;
  }
  auto size = buffer.size() - offset;
  if (size > opts_.limits.row_bytes) {
    out.message
      = say(flaw::row_too_large,
            {std::to_string(opts_.limits.row_bytes), std::to_string(size)});
    return false;
  }
  return true;
}

table_counts insert_all::commit(const table_entry& to, const table_name& at,
                                const std::string& remembered_as,
                                const sorted_rows& x) {
  table_counts result;
  if (x.good.empty())
    return result;
  std::vector<new_row> fresh;
  fresh.reserve(x.good.size());
  std::lock_guard guard{commits_};
  auto now = opts_.clock();
  std::size_t added = 0;
  for (auto& row : x.good) {
    // An empty id is none.
    if (!row.insert_id.empty()) {
      if (!seen_.add(remembered_as, row.insert_id, now))
        continue;
      ++added;
    }
    std::string_view id
      = row.insert_id.empty() ? std::string_view{} : row.insert_id;
    fresh.push_back(
      {id, std::string_view{x.buffer}.substr(row.offset, row.size)});
    result.bytes += row.size;
  }
  auto millis = std::chrono::duration_cast<std::chrono::milliseconds>(
    now.time_since_epoch());
  auto stored = false;
  try {
    stored
      = fresh.empty() || rows_.append(to.rows_table, fresh, millis.count());
  } catch (...) {
    seen_.undo(added);
    throw;
  }
  if (!stored) { // deleted since it was found
    seen_.undo(added);
    throw streaming_not_found(at);
  }
  result.committed = fresh.size();
  result.deduplicated = x.good.size() - fresh.size();
  return result;
}

std::string without_decorator(const std::string& table) {
  return table.substr(0, table.find('$'));
}

} // namespace bqs::sandbox
