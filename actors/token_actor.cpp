#include "actors/token_actor.hpp"

#include <algorithm>
#include <utility>

#include "actors/crash_place.hpp"
#include "client/stray_errors.hpp"
#include "http/backoff.hpp"

namespace bqs {

namespace {

using namespace std::chrono_literals;

/// As google-cloud-cpp does; the official libraries renew 3:45 to 5:00 ahead.
constexpr std::chrono::seconds ahead = 5min;

} // namespace

void token_state::renew() {
  auto now = self->clock().now();
  auto fetched = source->fetch();
  if (auto fresh = std::get_if<http::token>(&fetched)) {
    failures = 0;
    retry_at = {};
    current.value = std::move(fresh->value);
    current.generation = ++generation;
    current.error.clear();
    ends = now + fresh->lifetime;
    current.renew_at
      = now + std::max(fresh->lifetime - ahead, fresh->lifetime / 2);
  } else {
    current.error = std::get<std::string>(fetched);
    http::backoff waits{1s, 60s};
    retry_at = now + waits.ceiling(++failures);
    current.renew_at = retry_at;
  }
  self->delayed_send(self, current.renew_at - now, caf::tick_atom_v, ++timer);
}

const internal::access& token_state::look(time_point now) {
  if (now >= ends) {
    current.value.clear();
    current.generation = 0;
  }
  return current;
}

token_actor::behavior_type
token_behavior(token_state::pointer self,
               std::shared_ptr<http::credentials> source) {
  auto& state = self->state;
  state.source = std::move(source);
  self->set_default_handler(caf::drop);
  name_crashes(self);
  ignore_stray_errors(self);
  return {
    [&state](caf::get_atom, std::uint64_t refused) {
      auto now = state.self->clock().now();
      auto& x = state.look(now);
      if ((x.generation == 0 || x.generation == refused)
          && now >= state.retry_at)
        state.renew();
      return state.look(now);
    },
    [&state](caf::tick_atom, std::uint64_t number) {
      if (number == state.timer)
        state.renew();
    },
  };
}

} // namespace bqs
