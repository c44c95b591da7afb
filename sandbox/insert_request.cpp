#include "sandbox/insert_request.hpp"

#include <algorithm>

#include "sandbox/errors.hpp"

namespace bqs::sandbox {

namespace {

constexpr std::size_t max_trace_id = 36;

refusal bad_value(const std::string& where, std::string_view type) {
  return invalid_value("Invalid value at '" + where + "' (" + std::string{type}
                       + ")");
}

refusal unknown_name(std::string_view name, const std::string& where) {
  auto at = where.empty() ? "" : " at '" + where + "'";
  return invalid_value("Unknown name \"" + std::string{name} + "\"" + at
                       + ": Cannot find field.");
}

bool read_flag(tape::view x, const std::string& where) {
  if (x.is(json_kind::null))
    return false;
  if (x.text() == "true" || x.text() == "false")
    return x.text() == "true";
  throw bad_value(where, "TYPE_BOOL");
}

std::string_view read_string(tape::view x, const std::string& where) {
  if (x.is(json_kind::null))
    return {};
  if (!x.is(json_kind::string))
    throw bad_value(where, "TYPE_STRING");
  // An empty text has no place on the tape, but it is a text.
  return x.text().empty() ? std::string_view{""} : x.text();
}

/// For the service's own records; only its form matters.
void check_trace_id(std::string_view x) {
  auto ascii = std::all_of(x.begin(), x.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x80;
  });
  if (x.size() > max_trace_id || !ascii)
    throw invalid("Invalid traceId: want at most "
                  + std::to_string(max_trace_id) + " ASCII characters.");
}

sent_row read_row(tape::view x, std::size_t index) {
  auto where = [&] { return "rows[" + std::to_string(index) + "]"; };
  if (!x.is(json_kind::object))
    throw bad_value(where(), "TableDataInsertAllRequest.Rows");
  sent_row result;
  x.each_member([&](std::string_view name, tape::view value) {
    if (name == "insertId") {
      // A number becomes its text, as in STRING columns.
      result.insert_id = value.is_number()
                           ? value.text()
                           : read_string(value, where() + ".insert_id");
    } else if (name == "json") {
      if (value.is(json_kind::object))
        result.json = value;
      else if (!value.is(json_kind::null))
        throw bad_value(where() + ".json", "JsonObject");
    } else {
      throw unknown_name(name, where());
    }
  });
  return result;
}

void read_rows(tape::view x, std::vector<sent_row>& out) {
  if (x.is(json_kind::null))
    return;
  if (!x.is(json_kind::array))
    throw bad_value("rows", "TableDataInsertAllRequest.Rows");
  x.each_element(
    [&](tape::view row) { out.push_back(read_row(row, out.size())); });
}

} // namespace

insert_request read_insert_request(const tape& body) {
  auto root = body.root();
  if (!root.is(json_kind::object))
    throw invalid_value("Root element must be a message.");
  insert_request result;
  root.each_member([&](std::string_view name, tape::view value) {
    if (name == "rows")
      read_rows(value, result.rows);
    else if (name == "skipInvalidRows")
      result.skip_invalid_rows = read_flag(value, "skip_invalid_rows");
    else if (name == "ignoreUnknownValues")
      result.ignore_unknown_values = read_flag(value, "ignore_unknown_values");
    else if (name == "templateSuffix")
      result.template_suffix = read_string(value, "template_suffix");
    else if (name == "traceId")
      check_trace_id(read_string(value, "trace_id"));
    else if (name == "kind")
      read_string(value, "kind");
    else
      throw unknown_name(name, "");
  });
  return result;
}

std::size_t count_characters(std::string_view x) {
  auto starts
    = [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; };
  return static_cast<std::size_t>(std::count_if(x.begin(), x.end(), starts));
}

} // namespace bqs::sandbox
