#include "app/insert_id.hpp"

#include <algorithm>
#include <utility>

#include <simdjson.h>

namespace bqs::app {

namespace {

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

} // namespace

struct insert_id_reader::impl {
  std::string field;
  /// The row under way, with the room behind it that the parser wants.
  std::string padded;
  simdjson::ondemand::parser parser;
};

insert_id_reader::insert_id_reader(std::string field)
  : impl_(std::make_unique<impl>()) {
  impl_->field = std::move(field);
}

insert_id_reader::~insert_id_reader() = default;

std::string_view insert_id_reader::read(std::string_view row) {
  auto& text = impl_->padded;
  text.assign(row);
  text.append(simdjson::SIMDJSON_PADDING, '\0');
  simdjson::ondemand::document document;
  simdjson::ondemand::value value;
  simdjson::ondemand::json_type type;
  if (impl_->parser.iterate(text.data(), row.size(), text.size()).get(document)
      || document.find_field_unordered(impl_->field).get(value)
      || value.type().get(type))
    return {};
  if (type == simdjson::ondemand::json_type::string) {
    std::string_view result;
    return value.get_string().get(result) ? std::string_view{} : result;
  }
  auto token = without_blanks(value.raw_json_token());
  return is_integer(token) ? token : std::string_view{};
}

} // namespace bqs::app
