#include "actors/target.hpp"

#include <string_view>
#include <utility>

namespace bqs {

namespace {

/// RFC 3986: everything but unreserved characters is escaped, and `:` which
/// domain-scoped projects carry.
std::string escaped(std::string_view text) {
  constexpr auto digits = "0123456789ABCDEF";
  std::string result;
  for (auto c : text) {
    auto byte = static_cast<unsigned char>(c);
    auto plain = (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z')
                 || (byte >= 'A' && byte <= 'Z') || byte == '-' || byte == '_'
                 || byte == '.' || byte == '~' || byte == ':';
    if (plain) {
      result += c;
    } else {
      result += '%';
      result += digits[byte >> 4];
      result += digits[byte & 15];
    }
  }
  return result;
}

} // namespace

internal::target_ptr make_target(const table_ref& table,
                                 const insert_options& insert) {
  auto result = std::make_shared<internal::target>();
  result->path = "/bigquery/v2/projects/" + escaped(table.project)
                 + "/datasets/" + escaped(table.dataset) + "/tables/"
                 + escaped(table.table) + "/insertAll?prettyPrint=false";
  result->path.shrink_to_fit(); // one for each table
  result->insert = insert;
  result->project = table.project;
  return result;
}

} // namespace bqs
