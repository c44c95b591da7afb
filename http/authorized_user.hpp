#pragma once

#include "http/field_reader.hpp"
#include "http/token_maker.hpp"

namespace bqs::http {

/// Reads what `gcloud auth application-default login` leaves behind: a refresh
/// token, for which Google gives access tokens with the scopes of the login.
/// Null after a complaint.
token_maker_ptr read_authorized_user(field_reader& fields,
                                     const maker_context& context);

} // namespace bqs::http
