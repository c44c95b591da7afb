#pragma once

#include <chrono>
#include <string>

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/atom.hpp>
#include <caf/fwd.hpp>
#include <caf/type_id.hpp>
#include <caf/typed_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "bqstreamer/connector.hpp"

namespace bqs {

/// One try to reach a node.
struct dial {
  peer_address where;
  bool tls = false;
  std::chrono::milliseconds timeout{5000};
};

/// How it went.
struct dialed {
  /// Null if there is no connection.
  node_actor node;
  /// Then: why, in one line that names the address.
  std::string reason;
};

/// Connects to nodes. The one place that knows how CAF's middleman wants to be
/// asked: it connects without a time limit and serves nobody else meanwhile,
/// hands out whatever actor it finds, and names no causes.
using dialer_actor = caf::typed_actor<
  // Always answers, some seconds after the timeout at the latest.
  caf::replies_to<dial>::with<dialed>>;

/// Spawn with `sys.spawn<caf::detached>(dialer)`: it blocks its thread.
dialer_actor::behavior_type dialer(dialer_actor::pointer self);

} // namespace bqs

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bqs::dial)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bqs::dialed)

CAF_BEGIN_TYPE_ID_BLOCK(bqs_dialer, bqs::first_free_type_id - 20)

  CAF_ADD_TYPE_ID(bqs_dialer, (bqs::dial))
  CAF_ADD_TYPE_ID(bqs_dialer, (bqs::dialed))
  CAF_ADD_TYPE_ID(bqs_dialer, (bqs::dialer_actor))

CAF_END_TYPE_ID_BLOCK(bqs_dialer)
