#pragma once

#include <cstddef>

#include <caf/actor_system.hpp>
#include <caf/detail/type_list.hpp>
#include <caf/io/middleman.hpp>
#include <caf/io/network/default_multiplexer.hpp>

#include "client/last_words.hpp"

namespace bqs {

/// CAF's middleman, with a guard in front of its protocol: CAF 0.17.6 trusts
/// each header of a message that a peer sends. A length of 4 GiB is reserved at
/// once, before any handshake; a handshake without content ends the process; a
/// connection that says nothing is kept for ever; one peer may speak in the
/// name of another, and take what is meant for it; and a new connection may be
/// forgotten in place of a lost one. Wants `middleman.workers` to be 0:
/// messages are read where they arrive.
///
///     cfg.load<guarded_middleman>(); // instead of caf::io::middleman
class guarded_middleman : public caf::io::middleman {
public:
  static caf::actor_system::module* make(caf::actor_system& sys,
                                         caf::detail::type_list<>);

  explicit guarded_middleman(caf::actor_system& sys);

  caf::io::network::multiplexer& backend() override;

  void start() override;

  /// Those who read still hear what is on its way to them, for two seconds.
  void stop() override;

  /// Where the broker leaves who is to hear something yet when it ends.
  last_words& farewell() noexcept {
    return farewell_;
  }

private:
  caf::io::network::default_multiplexer backend_;
  last_words farewell_;
};

/// Says how large a block whoever comes to us may send, to all middlemen of the
/// process: see message_limits. A message beyond them ends the connection; of
/// messages under way together, the one that has been at it for longest is cut
/// off in favour of the next.
void allow_messages(std::size_t block_bytes);

} // namespace bqs
