#include "actors/token_actor.hpp"

#include <algorithm>
#include <exception>
#include <utility>

#include <spdlog/spdlog.h>

#include "actors/crash_place.hpp"
#include "client/stray_errors.hpp"
#include "http/backoff.hpp"

namespace bqs {

using namespace internal;

namespace {

using namespace std::chrono_literals;

/// As google-cloud-cpp does; the official libraries renew 3:45 to 5:00 ahead.
constexpr std::chrono::seconds ahead = 5min;

/// Between two looks at the file.
constexpr std::chrono::seconds watch_period = 30s;

} // namespace

caf::result<access> token_state::get(std::uint64_t refused) {
  auto now = self->clock().now();
  auto usable = look(now).generation != 0 && current.generation != refused;
  if (usable || (!fetching && now < retry_at))
    return current;
  renew();
  auto result = self->make_response_promise<access>();
  waiting.push_back(result);
  return result;
}

void token_state::renew() {
  if (std::exchange(fetching, true))
    return;
  self->request(fetcher, caf::infinite, caf::get_atom_v)
    .then(
      [this](fetched& x) {
        fetching = false;
        if (auto* why = std::get_if<std::string>(&x.result))
          fail(*why);
        else
          keep(std::get<http::token>(std::move(x.result)));
      },
      // The fetcher is linked to us: only where both end.
      [](const caf::error&) {});
}

void token_state::keep(http::token x) {
  auto now = self->clock().now();
  if (failures > 0)
    spdlog::info("there is a new access token again");
  failures = 0;
  retry_at = {};
  current.value = std::move(x.value);
  current.quota_project = std::move(x.quota_project);
  current.generation = ++generation;
  current.refused = std::make_shared<std::atomic<bool>>(false);
  current.error.clear();
  ends = now + x.lifetime;
  // One that has ended when it comes must not be fetched again and again.
  auto spent = std::max(x.lifetime - ahead, x.lifetime / 2);
  current.renew_at = now + std::max<std::chrono::seconds>(spent, 1s);
  settle(current.renew_at);
}

void token_state::fail(const std::string& why) {
  auto now = self->clock().now();
  http::backoff waits{1s, 60s};
  retry_at = now + waits.ceiling(++failures);
  if (why != current.error)
    spdlog::warn("no new access token, trying again: {}", why);
  current.error = why;
  current.renew_at = retry_at;
  if (now < ends) // until then it is used, and not longer
    current.renew_at = std::min(retry_at, ends);
  settle(retry_at);
}

void token_state::settle(time_point next) {
  auto now = self->clock().now();
  self->delayed_send(self, next - now, caf::tick_atom_v, ++timer);
  look(now);
  for (auto& x : std::exchange(waiting, {}))
    x.deliver(current);
}

void token_state::watch() {
  self->delayed_send(self, watch_period, caf::update_atom_v);
  if (fetching) // which has looked, or will
    return;
  self->request(fetcher, caf::infinite, caf::update_atom_v)
    .then(
      [this](bool replaced) {
        // A fetch that began since comes behind, and finds them. And if there
        // never was a token, whoever needs one will ask.
        if (replaced && (generation != 0 || failures > 0))
          renew();
      },
      [](const caf::error&) {});
}

const access& token_state::look(time_point now) {
  if (now >= ends) {
    current.value.clear();
    current.generation = 0;
  }
  return current;
}

token_actor::behavior_type token_behavior(token_state::pointer self,
                                          const fetcher_factory& make_fetcher) {
  auto& state = self->state;
  self->set_default_handler(caf::drop);
  name_crashes(self);
  ignore_stray_errors(self);
  state.fetcher = make_fetcher(self->system());
  self->link_to(state.fetcher);
  // Who waits for a token hears nothing else meanwhile, not even its own end.
  self->set_exit_handler([&state](caf::exit_msg& x) {
    if (!x.reason)
      return;
    for (auto& y : std::exchange(state.waiting, {}))
      y.deliver(access{{}, 0, "the token actor has ended", {}, {}});
    state.self->quit(std::move(x.reason));
  });
  self->delayed_send(self, watch_period, caf::update_atom_v);
  return {
    [&state](caf::get_atom, std::uint64_t refused) {
      return state.get(refused);
    },
    [&state](caf::tick_atom, std::uint64_t number) {
      if (number == state.timer)
        state.renew();
    },
    [&state](caf::update_atom) { state.watch(); },
  };
}

token_fetcher::behavior_type
fetcher_behavior(token_fetcher::pointer self,
                 std::shared_ptr<http::credentials> source) {
  self->set_default_handler(caf::drop);
  name_crashes(self);
  ignore_stray_errors(self);
  auto refresh = [source] {
    auto change = source->refresh();
    if (change.replaced)
      spdlog::info("the credentials have changed; the new ones are used");
    else if (!change.fault.empty())
      spdlog::warn("the credentials have changed and cannot be used, the old "
                   "ones are: {}",
                   change.fault);
    return change.replaced;
  };
  return {
    [source, refresh](caf::get_atom) -> fetched {
      try {
        refresh();
        return {source->fetch()};
      } catch (const std::exception&) { // whose words may hold anything
        return {std::string{"fetching a token failed within"}};
      }
    },
    [refresh](caf::update_atom) { return refresh(); },
  };
}

} // namespace bqs
