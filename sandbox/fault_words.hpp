#pragma once

#include <string>

#include "sandbox/errors.hpp"
#include "sandbox/routes.hpp"

namespace bqs::sandbox {

/// Returns what the service says with a status, to the method and of the table
/// that a request is about: what a fault answers unless it is told other
/// words.
/// @param reason what fits the status best if it is empty.
refusal words_for(int status, std::string reason, const route& where);

} // namespace bqs::sandbox
