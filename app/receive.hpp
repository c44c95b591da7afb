#pragma once

#include <caf/message.hpp>
#include <caf/message_view.hpp>
#include <caf/others.hpp>
#include <caf/result.hpp>

namespace bqs::app {

/// The last handler of each `receive`: what is not expected is dropped. It is
/// neither kept, as CAF would, nor answered with an error, which would end an
/// actor that does not expect one.
inline auto drop_others() {
  return caf::others >> [](caf::message_view&) -> caf::result<caf::message> {
    return caf::message{};
  };
}

} // namespace bqs::app
