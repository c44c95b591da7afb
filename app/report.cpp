#include "app/report.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <ctime>

#include <caf/error.hpp>
#include <nlohmann/json.hpp>

#include "actors/drain_report.hpp"
#include "actors/messages.hpp"
#include "http/row_check.hpp"

namespace bqs::app {

namespace {

using nlohmann::ordered_json;

using lines = std::vector<std::vector<std::string>>;

/// Characters, not bytes.
std::size_t width(std::string_view x) {
  return static_cast<std::size_t>(std::count_if(x.begin(), x.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

bool is_number(std::string_view x) {
  return !x.empty()
         && x.find_first_not_of("0123456789,") == std::string_view::npos;
}

std::string pad(const std::string& x, std::size_t wanted, bool right) {
  std::string blanks(wanted - std::min(width(x), wanted), ' ');
  return right ? blanks + x : x + blanks;
}

std::string decimals(double x, int digits) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%.*f", digits, x);
  return text.data();
}

std::uint64_t rounded(double x) {
  return static_cast<std::uint64_t>(std::llround(x));
}

std::string count(const ordered_json& x, const char* key) {
  return group_digits(x.value(key, std::uint64_t{0}));
}

std::string base64(std::string_view x) {
  constexpr std::string_view digits
    = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string result;
  for (std::size_t i = 0; i < x.size(); i += 3) {
    std::uint32_t bits = 0;
    for (std::size_t k = i; k < i + 3; ++k)
      bits = bits << 8 | (k < x.size() ? static_cast<unsigned char>(x[k]) : 0u);
    for (std::size_t k = 0; k < 4; ++k)
      result += i + k <= x.size() ? digits[bits >> (18 - 6 * k) & 63u] : '=';
  }
  return result;
}

/// Returns whether `x` is text, and not just any bytes.
bool is_utf8(const std::string& x) {
  try {
    static_cast<void>(ordered_json(x).dump());
    return true;
  } catch (const ordered_json::exception&) {
    return false;
  }
}

void put_reason(ordered_json& line, const failure_reason& x) {
  line["reason"] = x.reason;
  line["message"] = x.message;
  line["location"] = x.location;
  line["http_status"] = x.http_status;
  line["uncertain"] = x.uncertain;
}

/// Line breaks of a JSON text only stand between its values.
std::string on_one_line(std::string json) {
  auto is_break = [](char c) { return c == '\n' || c == '\r'; };
  std::replace_if(json.begin(), json.end(), is_break, ' ');
  return json;
}

std::string status_lines(const ordered_json& x) {
  lines table{{"TABLE", "STATE", "ACCEPTED", "STORED", "FAILED", "HELD",
               "MAYBE TWICE", "STREAMERS"}};
  auto add = [&table](std::string name, const ordered_json& entry,
                      std::string state, std::string lanes) {
    table.push_back({std::move(name), std::move(state),
                     count(entry, "accepted"), count(entry, "stored"),
                     count(entry, "failed"), count(entry, "held"),
                     count(entry, "possibly_duplicated"), std::move(lanes)});
  };
  std::string reasons;
  for (auto& entry : x.at("tables")) {
    auto name = entry.at("table").get<std::string>();
    auto state = entry.value("state", "");
    add(name, entry, state, count(entry, "lanes"));
    if (auto reason = entry.value("reason", ""); !reason.empty())
      reasons += name + " is " + state + ": " + reason + "\n";
  }
  add("total", x.at("total"), "", "");
  return align(table) + reasons;
}

} // namespace

std::string group_digits(std::uint64_t x) {
  auto result = std::to_string(x);
  for (auto i = static_cast<std::ptrdiff_t>(result.size()) - 3; i > 0; i -= 3)
    result.insert(static_cast<std::size_t>(i), 1, ',');
  return result;
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
  return x.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

std::string align(const lines& all) {
  std::vector<std::size_t> widths;
  for (auto& line : all)
    for (std::size_t i = 0; i < line.size(); ++i) {
      widths.resize(std::max(widths.size(), i + 1));
      widths[i] = std::max(widths[i], width(line[i]));
    }
  // A heading leans the way its column does.
  std::vector<bool> right(widths.size());
  for (auto& line : all)
    for (std::size_t i = 1; i < line.size(); ++i)
      right[i] = right[i] || is_number(line[i]);
  std::string result;
  for (auto& line : all) {
    std::string text;
    for (std::size_t i = 0; i < line.size(); ++i)
      text += (i == 0 ? "" : "  ") + pad(line[i], widths[i], right[i]);
    text.erase(text.find_last_not_of(' ') + 1);
    result += text + "\n";
  }
  return result;
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
    result = "[" + std::string(full, '#') + std::string(cells - full, '.')
             + "] " + pad(decimals(done * 100, 0) + "%", 4, true) + "  ";
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
    return result + ",\"row\":" + on_one_line(row.json) + "}";
  }
  if (is_utf8(row.json))
    head["row"] = row.json;
  else
    head["row_base64"] = base64(row.json);
  return to_line(head);
}

std::variant<status_page, std::string> read_status(std::string_view json) {
  try {
    auto x = ordered_json::parse(json);
    auto& node = x.at("node");
    auto& budget = x.at("budget");
    status_page page;
    page.books = status_lines(x);
    page.text = "bqstreamer " + node.value("version", "?") + ", "
                + node.value("protocol", "?") + ", up "
                + group_digits(rounded(node.value("uptime_seconds", 0.0)))
                + " s" + (node.value("draining", false) ? ", draining" : "")
                + "\n\n" + page.books + "\n";
    page.text += "requests in flight  " + count(x, "in_flight") + "\n";
    page.text += "subscribers         " + count(x, "subscribers") + "\n";
    page.text += "bytes held          " + count(budget, "used") + " of "
                 + count(budget, "limit") + "\n";
    std::string refused;
    for (auto& [why, number] : x.at("refused").items())
      if (number != 0)
        refused += (refused.empty() ? "" : ", ")
                   + group_digits(number.get<std::uint64_t>()) + " " + why;
    page.text += "blocks refused      "
                 + (refused.empty() ? std::string{"none"} : refused) + "\n";
    return page;
  } catch (const ordered_json::exception& ex) {
    return std::string{"the node's status is not understood: "} + ex.what();
  }
}

std::string drain_text(const drain_report& x) {
  lines table{
    {"TABLE", "ACCEPTED", "STORED", "FAILED", "OF THESE SHUT DOWN", "HELD"}};
  auto add = [&table](const std::string& name, const table_ledger& books,
                      std::uint64_t shut_down) {
    table.push_back({name, group_digits(books.accepted),
                     group_digits(books.stored), group_digits(books.failed),
                     group_digits(shut_down), group_digits(books.held)});
  };
  for (auto& line : x.tables)
    add(line.table, line.books, line.shut_down);
  add("total", x.total, x.shut_down);
  return align(table)
         + (x.total.balanced() ? "the books balance: "
                               : "THE BOOKS DO NOT BALANCE: ")
         + "accepted " + (x.total.balanced() ? "=" : "!=")
         + " stored + failed + held\n";
}

} // namespace bqs::app
