#include "client/message_header.hpp"

#include <caf/binary_deserializer.hpp>
#include <caf/io/basp/version.hpp>
#include <caf/message_id.hpp>

namespace bqs {

namespace {

namespace basp = caf::io::basp;
using type = basp::message_type;

/// The names of two nodes are much shorter.
constexpr std::uint32_t most_greeting = 4096;

/// The interface of a published actor is part of its node's greeting.
constexpr std::uint32_t most_server_greeting = 1u << 20;

} // namespace

basp::header read_header(const std::vector<char>& from) {
  basp::header result{};
  caf::binary_deserializer source{nullptr, from};
  source(result); // it has all that it reads
  return result;
}

const char* check_header(const basp::header& x, bool outgoing, bool known,
                         std::uint32_t most) {
  auto greets = x.operation
                == (outgoing ? type::server_handshake : type::client_handshake);
  if (x.operation == type::heartbeat)
    return x.payload_len == 0 && known ? nullptr : stranger;
  if (x.payload_len == 0) // CAF would look for the content all the same
    return stranger;
  if (greets
      && x.payload_len > (outgoing ? most_server_greeting : most_greeting))
    return stranger;
  if (greets && outgoing && x.operation_data != basp::version)
    return stranger; // CAF does not look
  auto speaks = x.operation == type::direct_message
                || x.operation == type::monitor_message
                || x.operation == type::down_message
                || x.operation == type::routed_message
                || x.operation == type::client_handshake;
  if (!greets && !(speaks && known))
    return stranger;
  if (x.payload_len > most)
    return "its message is too large";
  // CAF takes what streams say for what it ought to be, without a look.
  if (x.operation == type::direct_message
      && caf::make_message_id(x.operation_data).is_stream_message())
    return stranger;
  return nullptr;
}

bool is_unwanted(const basp::header& x) noexcept {
  // Routed messages come from a third node, or so they say. Nobody needs them:
  // all talk with a node directly. Actors with names are CAF's own: one holds
  // settings, one starts actors. A peer with CAF's own middleman asks for them
  // first of all, and does without an answer.
  return x.operation == type::routed_message
         || (x.operation == type::direct_message
             && x.has(basp::header::named_receiver_flag));
}

} // namespace bqs
