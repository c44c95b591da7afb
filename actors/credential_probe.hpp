#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "actors/batch.hpp"
#include "http/backoff.hpp"
#include "http/outcome.hpp"

namespace bqs {

/// Whether requests may start, while the service refuses the credential that
/// all tables share: then one probes for all, after a wait that doubles. The
/// first refusal waits for nothing: a fresh token may be all it takes. No
/// clock: time comes in with the calls.
class credential_probe {
public:
  explicit credential_probe(http::backoff waits) noexcept : waits_(waits) {
    // nop
  }

  /// A request has ended.
  /// @param started its number; numbers ascend in the order of starts.
  /// @param next the number of the next request that starts.
  void note(const http::outcome& x, std::uint64_t started, std::uint64_t next,
            time_point now) {
    if (!is_news(started))
      return;
    if (x.cause == http::cause::bad_token) {
      failures_ = closed_ ? failures_ + 1 : 0;
      until_ = failures_ > 0 ? now + waits_.ceiling(failures_) : now;
      reason_ = x.reason + ": " + x.message;
      closed_ = true;
      news_from_ = next;
    } else if (x.status != 0 && x.cause != http::cause::unavailable) {
      closed_ = false;
      failures_ = 0;
    }
  }

  /// Whether the answer to a request tells anything: what was sent before the
  /// refusal was known does not.
  /// @param started its number
  bool is_news(std::uint64_t started) const noexcept {
    return started >= news_from_;
  }

  /// Whether one more request may start.
  /// @param probing whether one under way is news
  bool may_start(bool probing, time_point now) const noexcept {
    return !closed_ || (now >= until_ && !probing);
  }

  /// No request may start before, whatever else happens.
  time_point closed_until() const noexcept {
    return closed_ ? until_ : time_point{};
  }

  /// A fresh token did not help.
  bool refused() const noexcept {
    return closed_ && failures_ > 0;
  }

  /// The service's words about the last refusal.
  const std::string& reason() const noexcept {
    return reason_;
  }

private:
  http::backoff waits_;
  bool closed_ = false;
  /// Refusals in a row after the first.
  std::uint32_t failures_ = 0;
  std::uint64_t news_from_ = 0;
  time_point until_{};
  std::string reason_;
};

} // namespace bqs
