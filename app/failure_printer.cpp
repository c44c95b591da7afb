#include "app/failure_printer.hpp"

#include <chrono>
#include <vector>

#include "app/report.hpp"
#include "bqstreamer/messages.hpp"

namespace bqs::app {

namespace {

std::string show_time(const caf::timestamp& x) {
  using clock = std::chrono::system_clock;
  auto seconds = std::chrono::floor<std::chrono::seconds>(x);
  auto text = rfc3339(std::chrono::time_point_cast<clock::duration>(seconds));
  return text.substr(0, text.find('.')) + "Z";
}

std::string show_reason(const failure_reason& x) {
  return x.uncertain ? x.reason + ", uncertain" : x.reason;
}

columns failure_columns() {
  return columns{{{"TIME"},
                  {"TABLE", lean::left, 12},
                  {"REASON", lean::left, 7},
                  {"LOCATION", lean::left, 8},
                  {"TRIES", lean::right},
                  {"ROWS", lean::right},
                  {"MESSAGE", lean::left, 7}}};
}

std::vector<cell> failure_cells(const failure& x) {
  return {{show_time(x.time), tone::dim},
          {to_string(x.table)},
          {show_reason(x.why), tone::bad},
          {x.why.location},
          {group_digits(x.attempts)},
          {group_digits(x.rows.size())},
          {x.why.message}};
}

} // namespace

failure_printer::failure_printer(failure_form form, const paper& on)
  : form_(form), on_(on), columns_(failure_columns()) {
  // nop
}

std::string failure_printer::text(const failures& x) {
  if (form_ == failure_form::columns)
    return in_columns(x);
  std::string result;
  for (auto& item : x.items)
    for (auto& row : item.rows)
      result += failed_row_line(item, row) + "\n";
  return result;
}

std::string failure_printer::text(const missed& x) const {
  if (form_ == failure_form::json)
    return "{\"missed\":" + std::to_string(x.rows) + "}\n";
  return single_line({group_digits(x.rows)
                        + " more rows failed, which were not told since they "
                          "came faster than they were read",
                      tone::warning},
                     on_);
}

std::string failure_printer::in_columns(const failures& x) {
  std::vector<std::vector<cell>> lines;
  for (auto& item : x.items)
    lines.push_back(failure_cells(item));
  if (lines.empty())
    return {};
  columns_.widen(lines);
  auto result = has_heading_ ? std::string{} : columns_.heading(on_);
  has_heading_ = true;
  return result + columns_.text(lines, on_);
}

std::uint64_t rows_in(const failures& x) {
  std::uint64_t result = 0;
  for (auto& item : x.items)
    result += item.rows.size();
  return result;
}

} // namespace bqs::app
