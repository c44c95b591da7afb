#pragma once

#include <nlohmann/json_fwd.hpp>

#include "sandbox/errors.hpp"

namespace bqs::sandbox {

// What is wrong with a body before anything is made of it. All throw a
// `refusal`.

/// Refuses members whose type no resource has, such as labels that are a
/// number.
/// @param kind `dataset` or `table`, for the words.
void check_members(const nlohmann::ordered_json& body, const char* kind);

/// Refuses a `datasetReference` or `tableReference` that names something else
/// than the path does. What neither names is right.
void check_reference(const nlohmann::ordered_json& body, const char* reference,
                     const table_name& at);

/// Refuses what is a table in the service and not here: views and the like.
void check_is_plain_table(const nlohmann::ordered_json& body);

} // namespace bqs::sandbox
