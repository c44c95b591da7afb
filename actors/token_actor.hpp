#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include "actors/internal.hpp"
#include "http/credentials.hpp"

namespace bqs {

/// Makes fetchers; tests bring their own.
using fetcher_factory = std::function<token_fetcher(caf::actor_system&)>;

/// The state of a TOKEN ACTOR.
///
/// Invariant: at most one fetch is under way, and nobody waits for it who could
/// do with the current token.
struct token_state {
  using pointer = token_actor::stateful_pointer<token_state>;
  using promise = caf::typed_response_promise<internal::access>;

  static inline const char* name = "token";

  explicit token_state(pointer self_ptr) : self(self_ptr) {
    // nop
  }

  /// Answers at once with a token that can be used, or when there is one.
  /// @param refused by the service: the one of this generation cannot.
  caf::result<internal::access> get(std::uint64_t refused);

  /// Has another token fetched, unless that is under way.
  void renew();
  void keep(http::token x);
  void fail(const std::string& why);

  /// Sets the time for the next fetch, and answers those who wait.
  void settle(time_point next);

  /// Asks the fetcher whether the credentials have changed, and goes on asking.
  void watch();

  /// The current token; none once it has ended.
  const internal::access& look(time_point now);

  pointer self;
  token_fetcher fetcher;
  bool fetching = false;
  std::vector<promise> waiting;
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

/// A token that ends is renewed five minutes ahead, while it serves on; after a
/// failure it serves until its end.
token_actor::behavior_type token_behavior(token_state::pointer self,
                                          const fetcher_factory& make_fetcher);

/// Spawn detached: fetching blocks.
token_fetcher::behavior_type
fetcher_behavior(token_fetcher::pointer self,
                 std::shared_ptr<http::credentials> source);

} // namespace bqs
