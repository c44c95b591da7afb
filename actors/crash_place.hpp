#pragma once

#include <caf/fwd.hpp>

namespace bqs {

/// Lets an exception that escapes from a handler of `self` end it with an error
/// that tells the place: type of the exception and of the message at hand. CAF
/// would print what the exception says, which may quote a row. Whoever watches
/// the actor logs the error.
void name_crashes(caf::scheduled_actor* self);

} // namespace bqs
