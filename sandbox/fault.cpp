#include "sandbox/fault.hpp"

#include <array>
#include <charconv>

#include "sandbox/routes.hpp"

namespace bqs::sandbox {

namespace {

template <class Number>
bool read_number(std::string_view x, Number& out) {
  auto [end, error] = std::from_chars(x.data(), x.data() + x.size(), out);
  return error == std::errc{} && end == x.data() + x.size();
}

bool read_flag(std::string_view x, bool& out) {
  out = x == "true";
  return out || x == "false";
}

bool read_duration(std::string_view x, std::chrono::milliseconds& out) {
  std::uint32_t n = 0;
  if (x.ends_with("ms") && read_number(x.substr(0, x.size() - 2), n))
    out = std::chrono::milliseconds{n};
  else if (x.ends_with("s") && read_number(x.substr(0, x.size() - 1), n))
    out = std::chrono::seconds{n};
  else
    return false;
  return true;
}

bool is_word(std::string_view x) {
  return !x.empty() && x.find_first_of(" \t\r\n\"") == std::string_view::npos;
}

/// How a key is read: false if the value makes no sense.
struct entry {
  std::string_view key;
  bool (*read)(std::string_view value, fault& out);
  std::string_view wanted;
};

constexpr std::array<entry, 15> keys{{
  {"method",
   [](std::string_view x, fault& out) {
     out.method = x;
     return is_method_pattern(x);
   },
   "a method such as insertAll or tables.get, or *"},
  {"table",
   [](std::string_view x, fault& out) {
     out.table = x;
     auto dot = x.find('.');
     return dot != std::string_view::npos && dot > 0 && dot + 1 < x.size();
   },
   "DATASET.TABLE"},
  {"status",
   [](std::string_view x, fault& out) {
     return read_number(x, out.status.emplace()) && *out.status >= 200
            && *out.status <= 599;
   },
   "a number from 200 to 599"},
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
     return read_number(x, out.retry_after.emplace());
   },
   "a number of seconds"},
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
   [](std::string_view x, fault& out) {
     return read_number(x, out.every) && out.every > 0;
   },
   "a number above 0"},
  {"latency",
   [](std::string_view x, fault& out) { return read_duration(x, out.latency); },
   "a time such as 50ms or 2s"},
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

/// Reads one `key=value`; returns what is wrong.
std::string read_pair(std::string_view pair, fault& out) {
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

/// Returns what in a fault does not go together.
std::string check(const fault& x) {
  auto outcomes = (x.status ? 1 : 0) + (x.reset != reset_point::none ? 1 : 0)
                  + (x.rows.empty() ? 0 : 1);
  if (outcomes > 1)
    return "fault: only one of status, reset and rows is possible";
  if (outcomes == 0 && x.latency.count() == 0)
    return "fault: want one of status, reset, rows or latency";
  if (!x.rows.empty() && !matches(x.method, api_method::insert_all))
    return "fault: rows needs method=insertAll";
  if ((x.early || x.commit || x.retry_after) && !x.status)
    return "fault: early, commit and retry-after need status";
  if (x.early && x.commit)
    return "fault: early and commit exclude each other";
  return {};
}

} // namespace

std::variant<fault, std::string> parse_fault(std::string_view spec) {
  fault result;
  result.spec = spec;
  std::string pair;
  for (std::size_t i = 0; i <= spec.size(); ++i) {
    if (i < spec.size() && spec[i] == '\\' && i + 1 < spec.size()) {
      pair += spec[++i];
      continue;
    }
    if (i < spec.size() && spec[i] != ',') {
      pair += spec[i];
      continue;
    }
    auto words = read_pair(pair, result);
    if (!words.empty())
      return words;
    pair.clear();
  }
  auto words = check(result);
  if (!words.empty())
    return words;
  return result;
}

} // namespace bqs::sandbox
