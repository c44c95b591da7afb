#pragma once

#include <string>
#include <variant>

#include "http/credentials.hpp"
#include "http/token_maker.hpp"

namespace bqs::http {

/// The metadata server of a machine at Google, as found.
struct metadata_server {
  token_maker_ptr maker;
  std::string universe;
};

/// Asks whether there is one, at the host that GCE_METADATA_HOST names, else
/// where Google has it: three times, as Google's own libraries do, and three
/// seconds at most each time. A server that does not answer may be there later.
std::variant<metadata_server, open_fault>
find_metadata_server(const maker_context& context);

} // namespace bqs::http
