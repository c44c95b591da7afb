#pragma once

#include <algorithm>
#include <cstdint>

#include "http/outcome.hpp"

namespace bqs {

/// Whether rows may be tried again in whole batches, shared by all tables, so
/// that an outage is not multiplied: each request that found no service costs
/// a token, each that stored rows earns a tenth of one. With no more than half
/// of the tokens left, what was tried before goes as small probes only.
class retry_budget {
public:
  /// @param tokens at the start, and at most; 0: no limit.
  explicit retry_budget(std::uint32_t tokens) noexcept
    : most_(10 * static_cast<std::uint64_t>(tokens)), tenths_(most_) {
    // nop
  }

  /// A request has ended. What only concerns its table changes nothing.
  void note(const http::outcome& x) noexcept {
    using http::verdict;
    if (x.verdict == verdict::stored || x.verdict == verdict::partial)
      tenths_ = std::min(tenths_ + 1, most_);
    else if (x.verdict == verdict::retry && x.cause == http::cause::unavailable)
      tenths_ -= std::min<std::uint64_t>(tenths_, 10);
  }

  bool allows_retries() const noexcept {
    return most_ == 0 || 2 * tenths_ > most_;
  }

private:
  std::uint64_t most_;
  /// Tokens left, in tenths.
  std::uint64_t tenths_;
};

} // namespace bqs
