#pragma once

#include <string>
#include <variant>

#include "http/endpoint.hpp"
#include "http/unique_fd.hpp"
#include "http/waiter.hpp"

namespace bqs::http {

/// Looks up the host and tries its addresses in turn, each with its share of
/// the time that is left, so that a dead first one leaves time for the second.
/// Returns a connected, non-blocking socket, or one line that says why not.
std::variant<unique_fd, std::string> dial(const endpoint& where,
                                          const waiter& patience);

} // namespace bqs::http
