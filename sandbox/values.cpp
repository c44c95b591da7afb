#include "sandbox/values.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include <nlohmann/json.hpp>

#include "sandbox/decimals.hpp"
#include "sandbox/json_text.hpp"
#include "sandbox/lower.hpp"
#include "sandbox/times.hpp"
#include "sandbox/wordings.hpp"

namespace bqs::sandbox {

namespace {

/// Why a value is not taken.
enum class trouble : std::uint8_t { none, bad, from_bool, bad_zone };

using store_function = trouble (*)(const tape::view&, std::string&);

struct scalar {
  column_type type;
  store_function store;
};

/// The text of a string or a number; nothing else can be read as a scalar.
std::optional<std::string_view> readable(const tape::view& x) {
  if (x.is(json_kind::string) || x.is_number())
    return x.text();
  return std::nullopt;
}

/// Stores `text` as a JSON string if there is one.
trouble quoted(const std::optional<std::string>& text, std::string& out) {
  if (!text)
    return trouble::bad;
  append_quoted(out, *text);
  return trouble::none;
}

trouble plain(const std::optional<std::string>& text, std::string& out) {
  if (!text)
    return trouble::bad;
  out += *text;
  return trouble::none;
}

trouble store_string(const tape::view& x, std::string& out) {
  if (!readable(x))
    return trouble::from_bool;
  append_quoted(out, x.text());
  return trouble::none;
}

trouble store_bytes(const tape::view& x, std::string& out) {
  if (!x.is(json_kind::string) || !is_base64(x.text()))
    return trouble::bad;
  append_quoted(out, x.text());
  return trouble::none;
}

trouble store_integer(const tape::view& x, std::string& out) {
  if (!readable(x))
    return trouble::bad;
  return plain(canonical_integer(x.text(), x.is_number()), out);
}

trouble store_float(const tape::view& x, std::string& out) {
  return readable(x) ? plain(canonical_float(x.text()), out) : trouble::bad;
}

trouble store_numeric(const tape::view& x, std::string& out) {
  return readable(x) ? quoted(canonical_numeric(x.text()), out) : trouble::bad;
}

trouble store_bignumeric(const tape::view& x, std::string& out) {
  return readable(x) ? quoted(canonical_bignumeric(x.text()), out)
                     : trouble::bad;
}

trouble store_boolean(const tape::view& x, std::string& out) {
  if (x.is_number())
    return trouble::bad;
  auto word = lower(x.text());
  constexpr std::array<std::string_view, 5> yes{"true", "t", "yes", "y", "1"};
  constexpr std::array<std::string_view, 5> no{"false", "f", "no", "n", "0"};
  if (std::find(yes.begin(), yes.end(), word) != yes.end())
    out += "true";
  else if (std::find(no.begin(), no.end(), word) != no.end())
    out += "false";
  else
    return trouble::bad;
  return trouble::none;
}

trouble store_date(const tape::view& x, std::string& out) {
  return quoted(canonical_date(x.text()), out);
}

trouble store_time(const tape::view& x, std::string& out) {
  return quoted(canonical_time(x.text()), out);
}

trouble store_datetime(const tape::view& x, std::string& out) {
  return quoted(canonical_datetime(x.text()), out);
}

trouble store_timestamp(const tape::view& x, std::string& out) {
  using verdict = timestamp_reading::verdict;
  auto read = read_timestamp(x.text());
  if (read.what == verdict::bad_zone)
    return trouble::bad_zone;
  if (read.what == verdict::bad)
    return trouble::bad;
  append_quoted(out, render_timestamp(read.micros));
  return trouble::none;
}

// The text itself is not checked: WKT, GeoJSON and WKB are too many.
trouble store_geography(const tape::view& x, std::string& out) {
  if (!x.is(json_kind::string) || x.text().empty())
    return trouble::bad;
  append_quoted(out, x.text());
  return trouble::none;
}

trouble store_json(const tape::view& x, std::string& out) {
  if (!readable(x))
    return trouble::from_bool;
  if (!nlohmann::json::accept(x.text()))
    return trouble::bad;
  append_quoted(out, x.text());
  return trouble::none;
}

// Only what tells it from another type: ISO 8601 or `Y-M D H:M:S`.
trouble store_interval(const tape::view& x, std::string& out) {
  auto text = x.text();
  auto iso = text.starts_with('P') || text.starts_with("-P");
  auto allowed = [](char c) {
    return std::string_view{"0123456789-+.: PYMWDTHS"}.find(c)
           != std::string_view::npos;
  };
  if (!x.is(json_kind::string) || (!iso && text.find(':') == text.npos)
      || !std::all_of(text.begin(), text.end(), allowed))
    return trouble::bad;
  append_quoted(out, text);
  return trouble::none;
}

constexpr std::array<scalar, 14> scalars{{
  {column_type::string, store_string},
  {column_type::bytes, store_bytes},
  {column_type::integer, store_integer},
  {column_type::floating, store_float},
  {column_type::numeric, store_numeric},
  {column_type::bignumeric, store_bignumeric},
  {column_type::boolean, store_boolean},
  {column_type::date, store_date},
  {column_type::time, store_time},
  {column_type::datetime, store_datetime},
  {column_type::timestamp, store_timestamp},
  {column_type::geography, store_geography},
  {column_type::json, store_json},
  {column_type::interval, store_interval},
}};

constexpr bool in_order() {
  for (std::size_t i = 0; i < scalars.size(); ++i)
    if (static_cast<std::size_t>(scalars[i].type) != i)
      return false;
  return true;
}

static_assert(in_order());
// The flaws begin with those of the types.
static_assert(static_cast<int>(flaw::bad_string)
                == static_cast<int>(column_type::string)
              && static_cast<int>(flaw::bad_interval)
                   == static_cast<int>(column_type::interval));

} // namespace

bool store_scalar(column_type type, const tape::view& x, std::string& out,
                  std::string& message) {
  auto& known = scalars[static_cast<std::size_t>(type)];
  switch (known.store(x, out)) {
    case trouble::none:
      return true;
    case trouble::from_bool:
      message = say(flaw::bool_for_string, {});
      return false;
    case trouble::bad_zone:
      message = say(flaw::unknown_zone, {read_timestamp(x.text()).zone});
      return false;
    default:
      message = say(static_cast<flaw>(type), {x.text()});
      return false;
  }
}

bool is_base64(std::string_view x) {
  if (x.size() % 4 != 0)
    return false;
  auto body = x.substr(0, x.size()
                            - (x.ends_with("==")  ? 2
                               : x.ends_with('=') ? 1
                                                  : 0));
  return std::all_of(body.begin(), body.end(), [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z')
           || (c >= '0' && c <= '9') || c == '+' || c == '/';
  });
}

} // namespace bqs::sandbox
