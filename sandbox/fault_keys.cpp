#include "sandbox/fault_keys.hpp"

#include <array>

#include "sandbox/routes.hpp"
#include "sandbox/table_pattern.hpp"

namespace bqs::sandbox {

namespace {

/// Stores what was read, if anything was.
template <class From, class To>
bool take(const std::optional<From>& from, To& to) {
  if (from)
    to = *from;
  return from.has_value();
}

bool read_flag(std::string_view x, bool& out) {
  out = x == "true";
  return out || x == "false";
}

bool read_positive(std::string_view x, std::uint64_t& out) {
  return read_number(x, out) && out > 0;
}

bool is_word(std::string_view x) {
  return !x.empty() && x.find_first_of(" \t\r\n\"") == std::string_view::npos;
}

/// Two windows at once are told by the second that finds one set.
bool read_window(std::string_view x, table_window which, fault& out) {
  if (out.window != table_window::none)
    return false;
  out.window = which;
  return take(read_time_range(x), out.window_length)
         && out.window_length.to.count() > 0;
}

constexpr std::string_view a_time = "a time such as 50ms or 2s";
constexpr std::string_view a_positive_number = "a number above 0";
constexpr std::string_view a_window
  = "a time such as 60s, or 0s..120s, and no other window";

/// How a key is read: false if the value makes no sense.
struct entry {
  std::string_view key;
  bool (*read)(std::string_view value, fault& out);
  std::string_view wanted;
};

constexpr std::array<entry, 32> keys{{
  {"method",
   [](std::string_view x, fault& out) {
     out.method = x;
     return is_method_pattern(x);
   },
   "a method such as insertAll or tables.get, or *"},
  {"table",
   [](std::string_view x, fault& out) {
     out.table = x;
     return is_table_pattern(x);
   },
   "DATASET.TABLE, maybe with *"},
  {"status",
   [](std::string_view x, fault& out) {
     // Those below are successes, or have no body to say anything in.
     return read_number(x, out.status.emplace()) && *out.status >= 300
            && *out.status <= 599 && *out.status != 304;
   },
   "a number from 300 to 599, but not 304"},
  {"reason",
   [](std::string_view x, fault& out) {
     out.reason = x;
     return is_word(x);
   },
   "a word"},
  {"message",
   [](std::string_view x, fault& out) {
     out.message = x;
     return true;
   },
   "words"},
  {"body",
   [](std::string_view x, fault& out) {
     out.body = x == "html"    ? fault_body::html
                : x == "empty" ? fault_body::empty
                               : fault_body::json;
     return x == "json" || x == "html" || x == "empty";
   },
   "json, html or empty"},
  {"retry-after",
   [](std::string_view x, fault& out) {
     constexpr std::string_view date = "date:";
     out.retry_after_date = x.starts_with(date);
     if (out.retry_after_date)
       x.remove_prefix(date.size());
     return read_number(x, out.retry_after.emplace());
   },
   "a number of seconds, or date:SECONDS"},
  {"commit",
   [](std::string_view x, fault& out) { return read_flag(x, out.commit); },
   "true or false"},
  {"reset",
   [](std::string_view x, fault& out) {
     out.reset = x == "before" ? reset_point::before : reset_point::after;
     return x == "before" || x == "after";
   },
   "before or after"},
  {"rows",
   [](std::string_view x, fault& out) {
     out.rows = x;
     return is_word(x);
   },
   "a reason such as timeout"},
  {"every",
   [](std::string_view x, fault& out) { return read_positive(x, out.every); },
   a_positive_number},
  {"latency",
   [](std::string_view x, fault& out) { return read_latency(x, out.latency); },
   "a time such as 50ms, 10ms..200ms, lognormal:8ms:1.0, or a sum with +"},
  {"latency-per-mb",
   [](std::string_view x, fault& out) {
     return take(read_time(x), out.latency.per_mb);
   },
   a_time},
  {"latency-max",
   [](std::string_view x, fault& out) {
     return take(read_time(x), out.latency.most);
   },
   a_time},
  {"bandwidth",
   [](std::string_view x, fault& out) {
     return take(read_byte_rate(x), out.bandwidth);
   },
   "a rate such as 10MB/s"},
  {"stall",
   [](std::string_view x, fault& out) {
     return take(read_time(x), out.answer.stall);
   },
   a_time},
  {"truncate",
   [](std::string_view x, fault& out) {
     out.answer.truncate_half = x == "half";
     return out.answer.truncate_half
            || read_number(x, out.answer.truncate.emplace());
   },
   "a number of bytes, or half"},
  {"drip",
   [](std::string_view x, fault& out) {
     return take(read_byte_rate(x), out.answer.drip);
   },
   "a rate such as 100B/s"},
  {"new-table-404",
   [](std::string_view x, fault& out) {
     return read_window(x, table_window::created, out);
   },
   a_window},
  {"recreate-404",
   [](std::string_view x, fault& out) {
     return read_window(x, table_window::recreated, out);
   },
   a_window},
  {"recreate-loss",
   [](std::string_view x, fault& out) {
     return read_window(x, table_window::lost, out);
   },
   a_window},
  {"stale-schema",
   [](std::string_view x, fault& out) {
     return read_window(x, table_window::stale_schema, out);
   },
   a_window},
  {"quota-bytes",
   [](std::string_view x, fault& out) {
     return take(read_byte_rate(x), out.quota_bytes);
   },
   "a rate such as 10MB/s"},
  {"quota-rows",
   [](std::string_view x, fault& out) {
     return take(read_rate(x), out.quota_rows);
   },
   "a rate such as 1000/s"},
  {"per",
   [](std::string_view x, fault& out) {
     out.quota_per_table = x == "table";
     return x == "table" || x == "project";
   },
   "project or table"},
  {"nth",
   [](std::string_view x, fault& out) { return read_positive(x, out.nth); },
   a_positive_number},
  {"from",
   [](std::string_view x, fault& out) {
     return take(read_time(x), out.when.from);
   },
   a_time},
  {"for",
   [](std::string_view x, fault& out) {
     return take(read_time(x), out.when.length);
   },
   a_time},
  {"period",
   [](std::string_view x, fault& out) {
     return take(read_time(x), out.when.period) && out.when.period->count() > 0;
   },
   a_time},
  {"early",
   [](std::string_view x, fault& out) { return read_flag(x, out.early); },
   "true or false"},
  {"count",
   [](std::string_view x, fault& out) {
     return read_number(x, out.count.emplace());
   },
   "a number"},
  {"probability",
   [](std::string_view x, fault& out) {
     return read_number(x, out.probability) && out.probability >= 0
            && out.probability <= 1;
   },
   "a number from 0 to 1"},
}};

} // namespace

std::string read_fault_pair(std::string_view pair, fault& out) {
  auto equals = pair.find('=');
  auto key = std::string{pair.substr(0, equals)};
  if (equals == std::string_view::npos)
    return "fault: \"" + key + "\" is not key=value";
  auto value = pair.substr(equals + 1);
  auto wrong = [&](std::string_view wanted) {
    return "fault: " + key + "=" + std::string{value} + ": want "
           + std::string{wanted};
  };
  for (auto& x : keys)
    if (x.key == key)
      return x.read(value, out) ? "" : wrong(x.wanted);
  return "fault: there is no key " + key;
}

} // namespace bqs::sandbox
