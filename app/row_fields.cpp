#include "app/row_fields.hpp"

#include <algorithm>
#include <utility>

#include <simdjson.h>

namespace bqs::app {

namespace {

using simdjson::ondemand::json_type;
using simdjson::ondemand::value;
using kind = row_values::table_kind;

bool is_integer(std::string_view x) {
  if (x.starts_with('-'))
    x.remove_prefix(1);
  return !x.empty() && std::all_of(x.begin(), x.end(), [](char c) {
    return c >= '0' && c <= '9';
  });
}

std::string_view without_blanks(std::string_view x) {
  return x.substr(0, x.find_last_not_of(" \t\r\n") + 1);
}

std::string_view read_id(value x, json_type type) {
  if (type == json_type::string) {
    std::string_view result;
    return x.get_string().get(result) ? std::string_view{} : result;
  }
  auto token = without_blanks(x.raw_json_token());
  return is_integer(token) ? token : std::string_view{};
}

void read_table(value x, json_type type, row_values& result) {
  if (type == json_type::string)
    result.kind
      = x.get_string().get(result.table) ? kind::unreadable : kind::text;
  else if (type != json_type::null)
    result.kind = kind::other;
}

} // namespace

struct row_fields::impl {
  std::string table;
  std::string insert_id;
  /// The row under way, with the room behind it that the parser wants.
  std::string padded;
  simdjson::ondemand::parser parser;

  bool scan(std::string_view row, row_values& result);
};

/// Returns false if `row` is not an object as far as it has to be read.
bool row_fields::impl::scan(std::string_view row, row_values& result) {
  padded.assign(row);
  padded.append(simdjson::SIMDJSON_PADDING, '\0');
  simdjson::ondemand::document document;
  simdjson::ondemand::object object;
  if (parser.iterate(padded.data(), row.size(), padded.size()).get(document)
      || document.get_object().get(object))
    return false;
  auto wants_table = !table.empty();
  auto wants_id = !insert_id.empty();
  for (auto field : object) {
    std::string_view key;
    if (field.unescaped_key().get(key))
      return false;
    auto is_table = wants_table && key == table;
    auto is_id = wants_id && key == insert_id;
    if (!is_table && !is_id)
      continue;
    value found;
    json_type type;
    if (field.value().get(found) || found.type().get(type))
      return false;
    if (is_table)
      read_table(found, type, result);
    if (is_id) // a text can be read once
      result.insert_id = is_table && type == json_type::string
                           ? result.table
                           : read_id(found, type);
    wants_table = wants_table && !is_table;
    wants_id = wants_id && !is_id;
    if (!wants_table && !wants_id)
      return true;
  }
  return true;
}

row_fields::row_fields(std::string table_field, std::string insert_id_field)
  : impl_(std::make_unique<impl>()) {
  impl_->table = std::move(table_field);
  impl_->insert_id = std::move(insert_id_field);
}

row_fields::~row_fields() = default;

row_values row_fields::read(std::string_view row) {
  row_values result;
  if (!impl_->scan(row, result) && result.kind != kind::text)
    result.kind = kind::unreadable;
  return result;
}

} // namespace bqs::app
