#include "sandbox/resources.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <limits>

#include "sandbox/errors.hpp"
#include "sandbox/server.hpp"
#include "sandbox/tape.hpp"

namespace bqs::sandbox {

namespace {

using json = nlohmann::ordered_json;

constexpr std::size_t max_id = 1'024;
constexpr std::size_t max_depth = 100;

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
         || (c >= '0' && c <= '9') || c == '_';
}

} // namespace

json read_object(const std::string& body) {
  // The tape goes first: it bounds the depth.
  auto text = tape::parse(body, max_depth);
  if (auto words = std::get_if<std::string>(&text))
    throw not_json(*words);
  auto result = json::parse(body, nullptr, false);
  if (!result.is_object())
    throw invalid_value("Root element must be a message.");
  return result;
}

void drop_output_only(json& resource) {
  for (auto name :
       {"kind", "etag", "id", "selfLink", "creationTime", "lastModifiedTime",
        "numBytes", "numLongTermBytes", "numRows", "type", "streamingBuffer",
        "datasetReference", "tableReference", "projectId"})
    resource.erase(name);
}

std::string etag(const json& document) {
  std::uint64_t hash = 14'695'981'039'346'656'037u; // FNV-1a
  for (auto c : document.dump())
    hash = (hash ^ static_cast<unsigned char>(c)) * 1'099'511'628'211u;
  char text[17];
  auto end = std::to_chars(text, text + sizeof(text), hash, 16).ptr;
  return {text, static_cast<std::size_t>(end - text)};
}

bool etag_matches(std::string_view if_match, std::string_view tag) {
  if (if_match.empty() || if_match == "*")
    return true;
  if (if_match.starts_with("W/"))
    if_match.remove_prefix(2);
  if (if_match.size() >= 2 && if_match.starts_with('"')
      && if_match.ends_with('"'))
    if_match = if_match.substr(1, if_match.size() - 2);
  return if_match == tag;
}

std::string id_in(const json& resource, const char* reference,
                  const char* name) {
  auto i = resource.find(reference);
  if (i == resource.end() || !i->is_object())
    return {};
  auto j = i->find(name);
  return j != i->end() && j->is_string() ? j->get<std::string>() : "";
}

bool is_dataset_id(std::string_view x) {
  return !x.empty() && x.size() <= max_id
         && std::all_of(x.begin(), x.end(), is_word);
}

bool is_table_id(std::string_view x) {
  auto allowed = [](char c) {
    return is_word(c) || c == '-' || c == ' '
           || static_cast<unsigned char>(c) >= 0x80;
  };
  return !x.empty() && x.size() <= max_id
         && std::all_of(x.begin(), x.end(), allowed);
}

bool is_project_id(std::string_view x) {
  auto allowed
    = [](char c) { return is_word(c) || c == '-' || c == '.' || c == ':'; };
  return !x.empty() && x.size() <= max_id && x.front() != '.'
         && std::all_of(x.begin(), x.end(), allowed);
}

page cut_page(const request& x, std::size_t size) {
  auto from = number_parameter(x, "pageToken", 0);
  auto most = number_parameter(x, "maxResults", size);
  page result;
  result.from = std::min<std::size_t>(from, size);
  result.to = result.from + std::min<std::size_t>(most, size - result.from);
  if (result.to < size && result.to > result.from)
    result.next = std::to_string(result.to);
  return result;
}

std::uint64_t number_parameter(const request& x, std::string_view name,
                               std::uint64_t fallback) {
  auto text = x.parameter(name);
  if (text.empty())
    return fallback;
  std::uint64_t value = 0;
  auto end = text.data() + text.size();
  auto [last, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || last != end)
    throw invalid("Invalid value for " + std::string{name} + ": "
                  + std::string{text});
  return value;
}

bool flag_parameter(const request& x, std::string_view name) {
  auto text = x.parameter(name);
  constexpr std::string_view wanted = "true";
  return std::equal(text.begin(), text.end(), wanted.begin(), wanted.end(),
                    [](char a, char b) { return (a | 0x20) == b; });
}

reply json_reply(const json& body) {
  reply result;
  result.body
    = body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  return result;
}

} // namespace bqs::sandbox
