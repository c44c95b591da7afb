#include "app/dead_letter_parser.hpp"

#include <cstdint>
#include <limits>
#include <optional>
#include <utility>

#include <simdjson.h>

#include "bqstreamer/table_ref.hpp"
#include "http/base64.hpp"

namespace bqs::app {

namespace {

using simdjson::ondemand::json_type;
using simdjson::ondemand::value;

/// What a line holds before it is put together.
struct members {
  std::optional<http::micro_time> time;
  std::optional<table_ref> table;
  std::string suffix;
  bool has_row = false;
  dead_letter rest;
};

bool read_text(value x, std::string& result) {
  std::string_view text;
  if (x.get_string().get(text))
    return false;
  result = text;
  return true;
}

bool read_encoded(value x, std::string& result) {
  std::string_view text;
  if (x.get_string().get(text))
    return false;
  auto bytes = http::from_base64(text);
  if (bytes)
    result = std::move(*bytes);
  return bytes.has_value();
}

template <class T>
bool read_number(value x, T& result) {
  std::uint64_t number = 0;
  if (x.get_uint64().get(number) || number > std::numeric_limits<T>::max())
    return false;
  result = static_cast<T>(number);
  return true;
}

bool read_row(value x, std::string& result) {
  json_type type;
  if (x.type().get(type))
    return false;
  if (type == json_type::string)
    return read_text(x, result);
  simdjson::ondemand::object object;
  std::string_view raw;
  if (type != json_type::object || x.get_object().get(object)
      || object.raw_json().get(raw))
    return false;
  result = raw.substr(0, raw.rfind('}') + 1);
  return true;
}

bool read_table(value x, std::optional<table_ref>& result) {
  std::string_view text;
  if (x.get_string().get(text))
    return false;
  result = parse_table(text);
  return result.has_value();
}

bool read_time(value x, std::optional<http::micro_time>& result) {
  std::string_view text;
  if (x.get_string().get(text))
    return false;
  result = http::parse_rfc3339(text);
  return result.has_value();
}

/// Returns false if the member is known and its value no good.
bool read_member(std::string_view name, value x, members& to) {
  auto& y = to.rest;
  if (name == "time")
    return read_time(x, to.time);
  if (name == "table")
    return read_table(x, to.table);
  if (name == "suffix")
    return read_text(x, to.suffix);
  if (name == "reason")
    return read_text(x, y.why.reason);
  if (name == "message")
    return read_text(x, y.why.message);
  if (name == "location")
    return read_text(x, y.why.location);
  if (name == "http_status")
    return read_number(x, y.why.http_status);
  if (name == "uncertain")
    return !x.get_bool().get(y.why.uncertain);
  if (name == "attempts")
    return read_number(x, y.attempts);
  if (name == "insert_id")
    return read_text(x, y.insert_id);
  if (name == "insert_id_base64")
    return read_encoded(x, y.insert_id);
  if (name != "row" && name != "row_base64")
    return true;
  if (to.has_row)
    return false;
  to.has_row = true;
  return name == "row" ? read_row(x, y.row) : read_encoded(x, y.row);
}

/// Returns what is missing, or an empty text.
std::string complete(members& x) {
  if (!x.time)
    return "there is no time";
  if (!x.table)
    return "there is no table";
  if (!x.has_row)
    return "there is no row";
  x.rest.time = *x.time;
  x.rest.table = std::move(*x.table);
  x.rest.table.suffix = std::move(x.suffix);
  return check(x.rest.table);
}

} // namespace

struct dead_letter_parser::impl {
  /// The line under way, with the room behind it that the parser wants.
  std::string padded;
  simdjson::ondemand::parser parser;

  std::string scan(std::string_view line, members& result);
};

std::string dead_letter_parser::impl::scan(std::string_view line,
                                           members& result) {
  const std::string malformed = "not a JSON object";
  padded.assign(line);
  padded.append(simdjson::SIMDJSON_PADDING, '\0');
  simdjson::ondemand::document document;
  simdjson::ondemand::object object;
  if (parser.iterate(padded.data(), line.size(), padded.size()).get(document)
      || document.get_object().get(object))
    return malformed;
  for (auto field : object) {
    std::string_view key;
    value found;
    if (field.unescaped_key().get(key))
      return malformed;
    std::string name{key}; // the next text may take its place
    if (field.value().get(found))
      return malformed;
    if (!read_member(name, found, result))
      return name + " is not what a dead letter has there";
  }
  // There is nothing behind the object.
  return document.current_location().error() ? std::string{} : malformed;
}

dead_letter_parser::dead_letter_parser() : impl_(std::make_unique<impl>()) {
  // nop
}

dead_letter_parser::~dead_letter_parser() = default;

std::variant<dead_letter, std::string>
dead_letter_parser::read(std::string_view line) {
  members found;
  auto why = impl_->scan(line, found);
  if (why.empty())
    why = complete(found);
  if (!why.empty())
    return why;
  return std::move(found.rest);
}

} // namespace bqs::app
