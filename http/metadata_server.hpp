#pragma once

#include <string>
#include <variant>

#include "http/token_maker.hpp"

namespace bqs::http {

/// The metadata server of a machine at Google, as found.
struct metadata_server {
  token_maker_ptr maker;
  std::string universe;
};

/// Asks whether there is one, for three seconds at most: at the host that
/// GCE_METADATA_HOST names, else where Google has it. Returns one line that
/// says why not.
std::variant<metadata_server, std::string>
find_metadata_server(const maker_context& context);

} // namespace bqs::http
