#pragma once

#include <chrono>
#include <string>

#include "bqstreamer/config.hpp"

namespace bqs {

/// Goes through a TLS handshake with whoever is at the other end, and waits for
/// the first byte, for a node speaks first. Returns an empty text if that came,
/// or what is wrong, to follow the address: CAF itself tells no causes.
/// @param fd a connected socket that does not block; stays open
/// @param files as they were checked
std::string probe_tls(int fd, const tls_files& files,
                      std::chrono::steady_clock::time_point deadline);

} // namespace bqs
