#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace bqs::sandbox {

/// What is kept of a token; never its text.
struct token_record {
  /// The SHA-256 of the text, in hexadecimal digits.
  std::string hash;
  /// Who shows it.
  std::string account;
  /// How it was had, such as `refresh_token`.
  std::string_view grant;
  std::chrono::system_clock::time_point expires;
  bool revoked = false;
};

/// The tokens that were given out. When there are too many, the oldest is
/// forgotten, which is as good as revoked. One thread at a time.
class live_tokens {
public:
  using time_point = std::chrono::system_clock::time_point;

  explicit live_tokens(std::size_t most);

  /// @param grant a literal.
  void add(std::string_view token, const std::string& account,
           std::string_view grant, time_point expires, time_point now);

  /// Returns what is known of a token, also if it is over; null if nothing.
  const token_record* find(std::string_view token) const;

  /// Revokes those that are meant. Returns how many.
  std::size_t revoke(const std::function<bool(const token_record&)>& is_meant);

  /// Returns those that did not expire, oldest first.
  std::vector<token_record> list(time_point now) const;

private:
  void prune(time_point now);

  std::size_t most_;
  /// By hash.
  std::map<std::string, token_record, std::less<>> records_;
  /// The hashes, oldest first.
  std::deque<std::string> order_;
};

} // namespace bqs::sandbox
