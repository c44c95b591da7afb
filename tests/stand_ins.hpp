#pragma once

#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "actors/gate.hpp"
#include "tests/fixture.hpp"

namespace bqs::test {

/// What a gate's neighbours have got, and how they answer.
struct neighbours {
  gate_actor gate;
  std::vector<internal::offer> offers;
  std::vector<internal::inquiry> inquiries;
  std::vector<flush> flushes;
  std::vector<bqs::pause> pauses;
  std::vector<bqs::resume> resumes;
  std::vector<drain> drains;
  /// Questions, and flushes of all tables, wait until it is sent an `ok_atom`.
  bool slow = false;
  std::vector<std::function<void()>> unanswered;
  standing stands;
  admission_code says = admission_code::accepted;

  std::vector<internal::subscription> subscriptions;
  std::vector<caf::strong_actor_ptr> left;
  std::vector<std::pair<std::uint64_t, caf::strong_actor_ptr>> acks;
  reply subscribed;
};

/// Stands in for a supervisor. It sets no timer.
inline caf::behavior quiet_supervisor(caf::event_based_actor* self,
                                      std::shared_ptr<neighbours> at) {
  self->set_default_handler(caf::drop);
  auto answer = [self, at](auto x) -> caf::result<decltype(x)> {
    if (!at->slow)
      return x;
    auto promise = self->make_response_promise<decltype(x)>();
    at->unanswered.push_back(
      [promise, x]() mutable { promise.deliver(std::move(x)); });
    return promise;
  };
  return {
    [at](gate_actor& x) { at->gate = std::move(x); },
    [at](const internal::offer& x) {
      at->offers.push_back(x);
      admission y;
      y.stream = x.rows.stream;
      y.first = x.rows.first;
      y.rows = x.rows.rows();
      y.code = at->says;
      return y;
    },
    [at, answer](const internal::inquiry& x) {
      at->inquiries.push_back(x);
      return answer(at->stands);
    },
    [at, answer](const flush& x) -> caf::result<reply> {
      at->flushes.push_back(x);
      reply result{reply_code::ok, 7, {}};
      if (x.table)
        return result;
      return answer(result);
    },
    [at](const bqs::pause& x) {
      at->pauses.push_back(x);
      return reply{reply_code::ok, 9, {}};
    },
    [at](const bqs::resume& x) {
      at->resumes.push_back(x);
      return reply{reply_code::ok, 8, {}};
    },
    [at](const drain& x) {
      at->drains.push_back(x);
      return reply{};
    },
    [answer](const get_status&) { return answer(status{"{}"}); },
    [at](caf::ok_atom) {
      for (auto& x : std::exchange(at->unanswered, {}))
        x();
    },
  };
}

inline caf::behavior quiet_collector(caf::event_based_actor* self,
                                     std::shared_ptr<neighbours> at) {
  self->set_default_handler(caf::drop);
  return {
    [at](const internal::subscription& x) {
      at->subscriptions.push_back(x);
      return at->subscribed;
    },
    [at](caf::leave_atom, const caf::strong_actor_ptr& x) {
      at->left.push_back(x);
    },
    [at](caf::delete_atom, const caf::strong_actor_ptr& x) {
      at->left.push_back(x);
    },
    [at](const failures_ack& x, const caf::strong_actor_ptr& y) {
      at->acks.emplace_back(x.number, y);
    },
  };
}

} // namespace bqs::test
