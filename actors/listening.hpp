#pragma once

#include <string>
#include <vector>

namespace bqs {

/// Returns the addresses, in numbers, that a name stands for; none if not all
/// of them are on this machine.
std::vector<std::string> loopback_addresses(const std::string& name);

/// Whether a node may listen on `address`: without TLS only where nobody on
/// another machine reaches it. Returns one line to follow the setting's name if
/// it may not.
std::string check_listening(const std::string& address, bool tls);

} // namespace bqs
