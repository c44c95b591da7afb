#pragma once

#include <utility>

#include <caf/actor_cast.hpp>
#include <caf/actor_control_block.hpp>
#include <caf/message.hpp>
#include <caf/message_id.hpp>

namespace bqs {

/// Sends `x` in the name of `self` to an actor of any type: what it takes is
/// its own matter. Nothing is sent to nobody.
template <class Actor, class T>
void send_to(Actor* self, const caf::strong_actor_ptr& to, T x) {
  if (to)
    to->enqueue(self->ctrl(), caf::make_message_id(),
                caf::make_message(std::move(x)), self->context());
}

/// The same to an actor that may have ended.
template <class Actor, class T>
void send_to(Actor* self, const caf::actor_addr& to, T x) {
  send_to(self, caf::actor_cast<caf::strong_actor_ptr>(to), std::move(x));
}

} // namespace bqs
