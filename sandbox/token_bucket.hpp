#pragma once

#include <chrono>

namespace bqs::sandbox {

/// Lets so much through per second, of whatever is counted. It holds one
/// second's worth, and one request may overdraw it, so that nothing is too
/// large to ever pass; what comes next waits until the debt is paid.
class token_bucket {
public:
  using time_point = std::chrono::system_clock::time_point;

  token_bucket(double per_second, time_point now)
    : rate_(per_second), level_(per_second), since_(now) {
    // nop
  }

  /// Whether there is no debt.
  bool open(time_point now);

  /// Takes what passed.
  void take(double amount) {
    level_ -= amount;
  }

  /// Whether it is as good as new.
  bool full(time_point now) const;

private:
  double level(time_point now) const;

  double rate_;
  double level_;
  time_point since_;
};

} // namespace bqs::sandbox
