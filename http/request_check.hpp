#pragma once

#include <string>
#include <utility>
#include <vector>

namespace bqs::http {

/// Returns what is wrong with the text of a request's head, or an empty line.
/// The library would send a line break in a value as it is, so that a value
/// could add fields of its own, or a request. Values stay out of the result:
/// one of them is the token. The fields that frame a request are refused:
/// they are the connection's.
std::string
request_fault(const std::string& path,
              const std::vector<std::pair<std::string, std::string>>& fields);

} // namespace bqs::http
