#pragma once

#include <map>
#include <optional>
#include <string>

#include "actors/log_limit.hpp"
#include "client/peer_watch.hpp"

namespace bqs {

/// What the log says of peers that were refused: a line a minute for each cause
/// at most, however many there are. No clock: time comes in with the calls.
class refusal_log {
public:
  struct line {
    /// Somebody wanted in who may not. Those who say nothing are mostly those
    /// who only look whether a port is open.
    bool warns = false;
    std::string text;
  };

  /// Nothing if it is not time for a line of this cause.
  std::optional<line> note(const refused_peer& x,
                           log_limit::clock::time_point now);

private:
  /// By reason, of which there are few.
  std::map<std::string, log_limit> limits_;
};

} // namespace bqs
