#pragma once

#include <memory>

#include <caf/typed_event_based_actor.hpp>

#include "actors/internal.hpp"
#include "http/credentials.hpp"

namespace bqs {

/// The state of a TOKEN ACTOR.
struct token_state {
  using pointer = token_actor::stateful_pointer<token_state>;

  static inline const char* name = "token";

  explicit token_state(pointer self_ptr) : self(self_ptr) {
    // nop
  }

  /// Fetches another token, and sets the time for the next one.
  void renew();

  /// The current token; none once it has ended.
  const internal::access& look(time_point now);

  pointer self;
  std::shared_ptr<http::credentials> source;
  internal::access current;
  /// Of the last token there was: a number names one token for good.
  std::uint64_t generation = 0;
  /// The current token must not be used from here on.
  time_point ends;
  /// After a failure: no other try before.
  time_point retry_at{};
  std::uint32_t failures = 0;
  std::uint64_t timer = 0;
};

/// Spawn detached: fetching blocks. A token that ends is renewed five minutes
/// ahead; after a failure the old one serves until its end.
token_actor::behavior_type
token_behavior(token_state::pointer self,
               std::shared_ptr<http::credentials> source);

} // namespace bqs
