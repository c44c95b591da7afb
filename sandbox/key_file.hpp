#pragma once

#include <string>

namespace bqs::sandbox {

/// Returns the text of a service-account key file with a new key, as the
/// service makes them.
/// @param url of the endpoint; its token endpoint is where clients go.
/// @throws std::runtime_error with one line.
std::string make_key_file(const std::string& project, const std::string& url);

} // namespace bqs::sandbox
