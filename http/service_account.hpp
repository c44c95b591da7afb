#pragma once

#include "http/field_reader.hpp"
#include "http/token_maker.hpp"

namespace bqs::http {

/// Reads the key of a service account. It signs its own tokens, without any
/// network, unless the settings want grants and the universe has them. Null
/// after a complaint.
token_maker_ptr read_service_account(field_reader& fields,
                                     const maker_context& context);

} // namespace bqs::http
