#include "app/report.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <ctime>

#include <caf/error.hpp>
#include <nlohmann/json.hpp>

#include "app/columns.hpp"
#include "bqstreamer/drain_report.hpp"
#include "bqstreamer/messages.hpp"
#include "http/base64.hpp"
#include "http/printable.hpp"
#include "http/row_check.hpp"
#include "http/utf8.hpp"

namespace bqs::app {

namespace {

using nlohmann::ordered_json;

void put_reason(ordered_json& line, const failure_reason& x) {
  line["reason"] = x.reason;
  line["message"] = x.message;
  line["location"] = x.location;
  line["http_status"] = x.http_status;
  line["uncertain"] = x.uncertain;
}

/// Of the rows whose dead letters were not written, if there are any.
std::string unwritten_text(const drain_report& x) {
  if (x.unwritten == 0)
    return {};
  return "held: " + group_digits(x.unwritten)
         + (x.unwritten == 1 ? " failed row, its dead letter was"
                             : " failed rows, their dead letters were")
         + " not written"
         + (x.unwritten_reason.empty()
              ? ""
              : ": " + http::printable(x.unwritten_reason))
         + "\n";
}

} // namespace

std::string group_digits(std::uint64_t x) {
  auto result = std::to_string(x);
  for (auto i = static_cast<std::ptrdiff_t>(result.size()) - 3; i > 0; i -= 3)
    result.insert(static_cast<std::size_t>(i), 1, ',');
  return result;
}

std::string decimals(double x, int digits) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%.*f", digits, x);
  return text.data();
}

std::uint64_t rounded(double x) {
  return static_cast<std::uint64_t>(std::llround(x));
}

std::string rfc3339(std::chrono::system_clock::time_point time) {
  auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  auto rest
    = std::chrono::duration_cast<std::chrono::milliseconds>(time - seconds);
  auto stamp = std::chrono::system_clock::to_time_t(seconds);
  std::tm parts{};
  gmtime_r(&stamp, &parts);
  std::array<char, 32> text{};
  auto used = std::strftime(text.data(), text.size(), "%FT%T", &parts);
  auto fraction = std::to_string(1000 + rest.count()).substr(1);
  return std::string{text.data(), used} + "." + fraction + "Z";
}

std::string to_line(const ordered_json& x) {
  return http::printable_json(
    x.dump(-1, ' ', false, ordered_json::error_handler_t::replace));
}

std::string summary_json(const send_summary& x) {
  ordered_json result;
  result["rows"] = x.rows;
  result["stored"] = x.stored;
  result["failed"] = x.failed;
  result["unsettled"] = x.unsettled();
  result["possibly_duplicated"] = x.possibly_duplicated;
  result["seconds"] = std::round(x.seconds * 1000) / 1000;
  result["rows_per_second"] = rounded(x.rows_per_second());
  return to_line(result);
}

std::string summary_text(const send_summary& x) {
  auto result = group_digits(x.rows) + (x.rows == 1 ? " row: " : " rows: ")
                + group_digits(x.stored) + " stored, " + group_digits(x.failed)
                + " failed";
  if (x.unsettled() > 0)
    result += ", " + group_digits(x.unsettled()) + " unknown";
  if (x.possibly_duplicated > 0)
    result += " (" + group_digits(x.possibly_duplicated)
              + " of the stored may be there twice)";
  return result + "; " + decimals(x.seconds, 1) + " s, "
         + group_digits(rounded(x.rows_per_second())) + " rows/s";
}

std::string progress_text(const send_summary& x, double done) {
  constexpr std::size_t cells = 20;
  std::string result;
  if (done >= 0) {
    done = std::min(done, 1.0);
    auto full = static_cast<std::size_t>(done * cells);
    auto percent = decimals(done * 100, 0); // at most three digits
    result = "[" + std::string(full, '#') + std::string(cells - full, '.')
             + "] " + std::string(3 - percent.size(), ' ') + percent + "%  ";
  }
  return result + group_digits(x.rows) + " read, " + group_digits(x.stored)
         + " stored, " + group_digits(x.failed) + " failed, "
         + group_digits(rounded(x.rows_per_second())) + " rows/s";
}

std::string failed_line(std::string_view file, std::uint64_t line,
                        const failure_reason& why) {
  ordered_json result;
  result["file"] = file;
  result["line"] = line;
  put_reason(result, why);
  return to_line(result);
}

std::string failed_row_line(const failure& x, const failed_row& row) {
  ordered_json head;
  head["table"] = to_string(x.table);
  head["time"] = rfc3339(
    std::chrono::time_point_cast<std::chrono::system_clock::duration>(x.time));
  put_reason(head, x.why);
  head["attempts"] = x.attempts;
  head["insert_id"] = row.insert_id;
  if (http::check_row(row.json).fault == http::row_fault::none) {
    // Not read and written again: its numbers are to stay as they are.
    auto result = to_line(head);
    result.pop_back();
    return result + ",\"row\":" + http::printable_json(row.json) + "}";
  }
  if (http::is_utf8(row.json))
    head["row"] = row.json;
  else
    head["row_base64"] = http::base64(row.json);
  return to_line(head);
}

std::string drain_text(const drain_report& x) {
  std::vector<std::vector<cell>> lines;
  auto add = [&lines](const std::string& name, const table_ledger& books,
                      std::uint64_t shut_down) {
    lines.push_back({{name},
                     {group_digits(books.accepted)},
                     {group_digits(books.stored)},
                     {group_digits(books.failed)},
                     {group_digits(shut_down)},
                     {group_digits(books.held)}});
  };
  for (auto& line : x.tables)
    add(line.table, line.books, line.shut_down);
  add("total", x.total, x.shut_down);
  columns layout{{{"TABLE"},
                  {"ACCEPTED", lean::right},
                  {"STORED", lean::right},
                  {"FAILED", lean::right},
                  {"OF THESE SHUT DOWN", lean::right},
                  {"HELD", lean::right}}};
  layout.widen(lines);
  return layout.heading({}) + layout.text(lines, {})
         + (x.total.balanced() ? "the books balance: "
                               : "THE BOOKS DO NOT BALANCE: ")
         + "accepted " + (x.total.balanced() ? "=" : "!=")
         + " stored + failed + held\n" + unwritten_text(x);
}

} // namespace bqs::app
