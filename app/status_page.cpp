#include "app/status_page.hpp"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "app/columns.hpp"
#include "app/report.hpp"

namespace bqs::app {

namespace {

using lines = std::vector<std::vector<cell>>;

tone tone_of(const std::string& state) {
  if (state == "ok")
    return tone::good;
  if (state == "unauthorized" || state == "quarantined")
    return tone::bad;
  return tone::warning;
}

/// Few rows a second are told in tenths.
std::string show_rate(double x) {
  return x > 0 && x < 9.95 ? decimals(x, 1) : group_digits(rounded(x));
}

std::string show_bytes(std::uint64_t x) {
  constexpr double step = 1024;
  auto value = static_cast<double>(x);
  if (value < step)
    return group_digits(x) + " B";
  auto unit = "KiB";
  for (auto larger : {"MiB", "GiB", "TiB"})
    if (value >= step * step) {
      value /= step;
      unit = larger;
    }
  value /= step;
  return decimals(value, value == std::floor(value) ? 0 : 1) + " " + unit;
}

std::string show_budget(const node_status& x) {
  auto result = show_bytes(x.budget_used) + " of " + show_bytes(x.budget_limit);
  if (x.budget_limit > 0)
    result
      += " (" + std::to_string(x.budget_used * 100 / x.budget_limit) + "%)";
  return result;
}

/// What has happened at all, of what may.
std::string
show_counts(const std::vector<std::pair<std::string, std::uint64_t>>& xs) {
  std::string result;
  for (auto& [what, number] : xs)
    if (number != 0)
      result
        += (result.empty() ? "" : ", ") + group_digits(number) + " " + what;
  return result;
}

/// Empty if nothing is paused.
std::string show_paused(const node_status& x) {
  std::string result = x.paused_all ? "all tables" : "";
  auto before = x.paused_all ? " but " : "";
  for (auto& table : x.pause_exceptions) {
    result += before + table;
    before = ", ";
  }
  return result;
}

std::string show_dead_letters(const dead_letter_status& x) {
  auto result = group_digits(x.written) + " written, " + show_bytes(x.bytes)
                + " of " + show_bytes(x.limit);
  if (x.waiting > 0)
    result += ", " + group_digits(x.waiting) + " waiting";
  if (x.dropped_files > 0)
    result += ", " + group_digits(x.dropped_files) + " files dropped";
  return result;
}

columns book_columns(bool with_rates) {
  constexpr std::size_t least_of_name = 12;
  std::vector<column> all{{"TABLE", lean::left, least_of_name}, {"STATE"}};
  for (auto name : {"ACCEPTED", "STORED", "FAILED", "HELD"})
    all.push_back({name, lean::right});
  if (with_rates)
    for (auto name : {"STORED/S", "FAILED/S"})
      all.push_back({name, lean::right});
  for (auto name : {"MAYBE TWICE", "STREAMERS"})
    all.push_back({name, lean::right});
  return columns{std::move(all)};
}

/// One line of the books.
std::vector<cell> book_line(const cell& name, const cell& state,
                            const table_ledger& books, bool with_rates,
                            const row_rates* rates, std::string streamers) {
  std::vector<cell> result{name, state};
  for (auto x : {books.accepted, books.stored, books.failed, books.held})
    result.push_back({group_digits(x), name.look});
  if (with_rates) {
    result.push_back({rates ? show_rate(rates->stored) : "", name.look});
    result.push_back({rates ? show_rate(rates->failed) : "", name.look});
  }
  result.push_back({group_digits(books.possibly_duplicated), name.look});
  result.push_back({std::move(streamers), name.look});
  return result;
}

/// Picks the positions of the tables that are shown, in their order.
std::vector<std::size_t> pick(const std::vector<table_status>& all,
                              std::size_t most) {
  std::vector<std::size_t> result(all.size());
  for (std::size_t i = 0; i < result.size(); ++i)
    result[i] = i;
  if (result.size() <= most)
    return result;
  std::stable_partition(result.begin(), result.end(),
                        [&all](std::size_t i) { return all[i].state != "ok"; });
  result.resize(most);
  std::sort(result.begin(), result.end());
  return result;
}

/// How many tables fit on the paper, beside the rest of the page: its head and
/// figures, heading and sum of the books, blank lines.
std::size_t room_for_tables(const paper& on) {
  constexpr std::size_t others = 12;
  constexpr std::size_t least = 3;
  return on.height == 0 ? std::string::npos
                        : std::max(on.height, others + least) - others;
}

std::string head(const status_view& x, const paper& on) {
  auto result
    = single_line({"bqstreamer " + x.now.version + " (" + x.now.protocol
                     + "), up " + show_uptime(x.now.uptime_seconds)
                     + (x.now.draining ? ", draining" : ""),
                   tone::heading},
                  on);
  if (!x.lost.empty())
    result += single_line({x.lost, tone::bad}, on);
  return result;
}

std::string show_in_flight(const node_status& now) {
  auto result = group_digits(now.in_flight);
  if (now.in_flight_limit > 0)
    result += " of " + group_digits(now.in_flight_limit);
  return result;
}

std::string figures(const node_status& now, const paper& on) {
  columns pairs{{{""}, {"", lean::left, 1}}};
  lines all{{{"requests in flight", tone::dim}, {show_in_flight(now)}},
            {{"subscribers", tone::dim}, {group_digits(now.subscribers)}},
            {{"budget", tone::dim}, {show_budget(now)}}};
  auto warn = [&all](const std::string& name, const std::string& text) {
    if (!text.empty())
      all.push_back({{name, tone::dim}, {text, tone::warning}});
  };
  warn("paused", show_paused(now));
  warn("blocks refused", show_counts(now.refused));
  warn("actors restarted", show_counts(now.restarts));
  if (now.receipts_unsent > 0)
    warn("receipts not sent", group_digits(now.receipts_unsent));
  if (now.missed > 0)
    warn("failures not told", group_digits(now.missed));
  if (auto& x = now.dead_letters) {
    all.push_back(
      {{"dead letters", tone::dim},
       {show_dead_letters(*x), x->error.empty() ? tone::plain : tone::bad}});
    if (!x->error.empty())
      all.push_back({{""}, {x->error, tone::bad}});
  }
  pairs.widen(all);
  return pairs.text(all, on);
}

/// Cuts the fraction off an RFC 3339 time.
std::string to_the_second(const std::string& time) {
  auto dot = time.find('.');
  return dot == std::string::npos ? time : time.substr(0, dot) + "Z";
}

/// Why the tables in trouble are.
std::string reasons(const node_status& x, const paper& on) {
  std::string result;
  for (auto& table : x.tables)
    if (!table.reason.empty())
      result
        += single_line({table.table + " is " + table.state + " since "
                          + to_the_second(table.since) + ": " + table.reason,
                        tone::dim},
                       on);
  return result.empty() ? result : "\n" + result;
}

/// Keeps the first lines; what is left over is nowhere else to be seen, and
/// `...` says so.
std::string first_lines(const std::string& text, std::size_t most) {
  std::size_t end = 0;
  for (std::size_t n = 0; n < most; ++n) {
    end = text.find('\n', end);
    if (end == std::string::npos)
      return text;
    ++end;
  }
  if (end == text.size())
    return text;
  auto last = text.rfind('\n', end - 2);
  return text.substr(0, last == std::string::npos ? 0 : last + 1) + "...\n";
}

} // namespace

std::string books_text(const status_view& x, const paper& on) {
  auto& now = x.now;
  lines all;
  for (auto i : pick(now.tables, room_for_tables(on))) {
    auto& table = now.tables[i];
    auto rates = x.rates ? &x.rates->tables[i] : nullptr;
    all.push_back(book_line({table.table}, {table.state, tone_of(table.state)},
                            table.books, x.with_rates, rates,
                            group_digits(table.streamers)));
  }
  auto hidden = now.tables.size() - all.size();
  all.push_back(book_line({"total", tone::heading}, {}, now.total, x.with_rates,
                          x.rates ? &x.rates->total : nullptr, ""));
  auto layout = book_columns(x.with_rates);
  layout.widen(all);
  auto result = layout.heading(on) + layout.text(all, on);
  if (hidden > 0)
    result += single_line(
      {group_digits(hidden) + " more tables, not shown", tone::dim}, on);
  return result;
}

std::string status_text(const status_view& x, const paper& on) {
  auto result = head(x, on) + "\n" + books_text(x, on) + "\n"
                + figures(x.now, on) + reasons(x.now, on);
  return on.height > 0 ? first_lines(result, on.height) : result;
}

std::string show_uptime(std::uint64_t seconds) {
  auto pair = [seconds](std::uint64_t large, const char* its,
                        std::uint64_t small, const char* other) {
    return std::to_string(seconds / large) + its + " "
           + std::to_string(seconds % large / small) + other;
  };
  if (seconds < 60)
    return std::to_string(seconds) + " s";
  if (seconds < 3600)
    return pair(60, " min", 1, " s");
  if (seconds < 86400)
    return pair(3600, " h", 60, " min");
  return pair(86400, " d", 3600, " h");
}

} // namespace bqs::app
