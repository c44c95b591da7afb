#pragma once

#include <string>

namespace bqs {

/// Whether a node may listen on `address`: without TLS only where nobody on
/// another machine reaches it. Returns one line to follow the setting's name if
/// it may not.
std::string check_listening(const std::string& address, bool tls);

} // namespace bqs
