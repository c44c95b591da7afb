#pragma once

#include "http/field_reader.hpp"
#include "http/token_maker.hpp"

namespace bqs::http {

/// Reads workload identity federation: a token of another provider is exchanged
/// for one of Google, and that one, if the file says so, for one of a service
/// account. Null after a complaint.
token_maker_ptr read_external_account(field_reader& fields,
                                      const maker_context& context);

} // namespace bqs::http
