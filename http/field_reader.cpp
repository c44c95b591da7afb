#include "http/field_reader.hpp"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

namespace bqs::http {

namespace {

using nlohmann::json;

const json& no_object() {
  static const auto instance = json::object();
  return instance;
}

const json& no_list() {
  static const auto instance = json::array();
  return instance;
}

bool is_control(char c) {
  return static_cast<unsigned char>(c) < ' ' || c == 0x7f;
}

} // namespace

field_reader::field_reader(std::string place, const json& object)
  : place_(std::move(place)), object_(&object) {
  // nop
}

bool field_reader::has(const char* field) const {
  return object_->contains(field);
}

std::string field_reader::required(const char* field) {
  if (!has(field))
    return complain(field, "is missing"), std::string{};
  auto result = text(field, false);
  if (result.empty())
    complain(field, "is empty");
  return result;
}

std::string field_reader::optional(const char* field) {
  return has(field) ? text(field, false) : std::string{};
}

std::string field_reader::required_lines(const char* field) {
  if (!has(field))
    return complain(field, "is missing"), std::string{};
  auto result = text(field, true);
  if (result.empty())
    complain(field, "is empty");
  return result;
}

std::int64_t field_reader::integer(const char* field, std::int64_t least,
                                   std::int64_t most, std::int64_t otherwise) {
  if (!has(field))
    return otherwise;
  auto& value = (*object_)[field];
  if (value.is_number_integer()
      && !(value.is_number_unsigned()
           && value.get<std::uint64_t>() > std::uint64_t{INT64_MAX})) {
    auto result = value.get<std::int64_t>();
    if (result >= least && result <= most)
      return result;
  }
  complain(field, "is not an integer from " + std::to_string(least) + " to "
                    + std::to_string(most));
  return otherwise;
}

std::vector<std::string> field_reader::texts(const char* field) {
  std::vector<std::string> result;
  if (!has(field))
    return result;
  auto& list = (*object_)[field];
  auto fine = list.is_array();
  for (auto& x : fine ? list : no_list())
    if (x.is_string())
      result.push_back(x.get<std::string>());
    else
      fine = false;
  if (!fine)
    complain(field, "is not a list of strings");
  for (auto& x : result)
    if (std::any_of(x.begin(), x.end(), is_control))
      complain(field, "contains a control character");
  return result;
}

std::vector<std::pair<std::string, std::string>>
field_reader::pairs(const char* field) {
  std::vector<std::pair<std::string, std::string>> result;
  if (!has(field))
    return result;
  auto& object = (*object_)[field];
  auto fine = object.is_object();
  for (auto& [name, value] : (fine ? object : no_object()).items())
    if (value.is_string())
      result.emplace_back(name, value.get<std::string>());
    else
      fine = false;
  if (!fine)
    complain(field, "is not an object of strings");
  return result;
}

field_reader field_reader::within(const char* field) {
  auto result = *this;
  result.prefix_ = prefix_ + field + ".";
  result.object_ = &no_object();
  if (has(field)) {
    auto& value = (*object_)[field];
    if (value.is_object())
      result.object_ = &value;
    else
      complain(field, "is not an object");
  }
  return result;
}

void field_reader::complain(const char* field, const std::string& what) {
  if (complaint_->empty())
    *complaint_ = place_ + prefix_ + field + " " + what;
}

std::string field_reader::text(const char* field, bool lines) {
  auto& value = (*object_)[field];
  if (!value.is_string())
    return complain(field, "is not a string"), std::string{};
  auto result = value.get<std::string>();
  auto is_bad = [lines](char c) {
    return is_control(c) && !(lines && (c == '\n' || c == '\r'));
  };
  if (std::any_of(result.begin(), result.end(), is_bad)) {
    complain(field, "contains a control character");
    result.clear();
  }
  return result;
}

} // namespace bqs::http
