#pragma once

#include <string>
#include <variant>

#include "bqstreamer/options.hpp"
#include "http/credentials.hpp"
#include "http/endpoint.hpp"
#include "http/transport_options.hpp"

namespace bqs {

/// Where the service is, how one gets there, and by what one is let in: the
/// settings of `bigquery`, as everybody takes them who asks the service.
struct service_access {
  http::endpoint where;
  http::transport_options how;
  http::credential_options by;
};

/// Reads the settings, but none of the files that they name. Returns one line
/// that names the setting if one is wrong.
std::variant<service_access, std::string>
read_service_access(const bigquery_options& options);

} // namespace bqs
