#pragma once

#include <string>
#include <vector>

namespace bqs {

/// Where a node listens for those who connect to a name.
struct listening_places {
  /// The first that is free will do: what the name stands for, in numbers; with
  /// TLS the name itself. None where there is a fault, and nowhere else.
  std::vector<std::string> addresses;
  /// What `check_listening` says.
  std::string fault;
};

/// Looks a name up once: later it could be another address than the one that
/// was looked at.
listening_places find_listening_places(const std::string& address, bool tls);

/// Whether a node may listen on `address`: without TLS only where nobody on
/// another machine reaches it. Returns one line to follow the setting's name if
/// it may not.
std::string check_listening(const std::string& address, bool tls);

} // namespace bqs
