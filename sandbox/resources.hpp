#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "sandbox/message.hpp"

namespace bqs::sandbox {

/// Reads a body that must be a JSON object. Throws a `refusal`.
nlohmann::ordered_json read_object(const std::string& body);

/// Removes what the service itself says about a dataset or a table.
void drop_output_only(nlohmann::ordered_json& resource);

/// Returns the tag of a document in this state.
std::string etag(const nlohmann::ordered_json& document);

/// Whether an `If-Match` header lets a document with this tag through.
bool etag_matches(std::string_view if_match, std::string_view tag);

/// Returns `reference.name` of a resource if it is a string; empty otherwise.
std::string id_in(const nlohmann::ordered_json& resource, const char* reference,
                  const char* name);

bool is_dataset_id(std::string_view x);
bool is_table_id(std::string_view x);

/// Which part of a list is shown.
struct page {
  std::size_t from = 0;
  std::size_t to = 0;
  /// For the rest; empty if there is none.
  std::string next;
};

/// Applies `maxResults` and `pageToken` to a list of `size`. Throws a
/// `refusal`.
page cut_page(const request& x, std::size_t size);

/// Reads a number of a query parameter, `fallback` if it is absent. Throws a
/// `refusal`.
std::uint64_t number_parameter(const request& x, std::string_view name,
                               std::uint64_t fallback);

/// Whether a query parameter is `true`, in any case.
bool flag_parameter(const request& x, std::string_view name);

reply json_reply(const nlohmann::ordered_json& body);

} // namespace bqs::sandbox
