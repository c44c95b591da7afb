#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sandbox/delivery.hpp"

namespace bqs::sandbox {

/// One request, as far as the methods care; free of the HTTP library.
struct request {
  std::string method;
  /// Decoded.
  std::string path;
  std::vector<std::pair<std::string, std::string>> query;
  std::string authorization;
  std::string if_match;
  std::string host;
  std::string metadata_flavor;
  std::string body;

  /// Returns the first query parameter of that name; empty if absent.
  std::string_view parameter(std::string_view name) const {
    for (auto& [key, value] : query)
      if (key == name)
        return value;
    return {};
  }
};

/// What happens to the connection after an answer.
enum class ending : unsigned char {
  keep,
  /// Orderly: the peer can read the answer even while it still sends.
  close,
  /// A TCP reset, and no answer at all.
  reset,
};

/// One answer.
struct reply {
  int status = 200;
  std::string body;
  std::string content_type = "application/json; charset=UTF-8";
  std::vector<std::pair<std::string, std::string>> headers;
  ending end = ending::keep;
  /// How it is sent.
  delivery how;
  /// For the ledger: what the status does not say.
  std::string note;
};

} // namespace bqs::sandbox
