#pragma once

#include <caf/error.hpp>
#include <caf/fwd.hpp>

namespace bqs {

/// Lets `self` live on when an error arrives that it has not asked for, such
/// as the answer to a message that its receiver does not know. By default CAF
/// ends the actor.
template <class Actor>
void ignore_stray_errors(Actor* self) {
  self->set_error_handler([](caf::scheduled_actor*, caf::error&) {
    // nop
  });
}

} // namespace bqs
