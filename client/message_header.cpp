#include "client/message_header.hpp"

#include <cstddef>

#include <caf/io/basp/header.hpp>
#include <caf/io/basp/version.hpp>

namespace bqs {

namespace {

namespace basp = caf::io::basp;
using type = basp::message_type;

/// The names of two nodes are much shorter.
constexpr std::uint32_t most_greeting = 4096;

/// The interface of a published actor is part of its node's greeting.
constexpr std::uint32_t most_server_greeting = 1u << 20;

} // namespace

message_header read_header(const std::vector<char>& from) {
  constexpr std::size_t flags = 3;
  auto number = [&from](std::size_t at, std::size_t size) {
    std::uint64_t result = 0;
    for (auto i = at; i < at + size; ++i)
      result = (result << 8) | static_cast<unsigned char>(from[i]);
    return result;
  };
  auto data = number(8, 8);
  return {static_cast<type>(from[0]), static_cast<std::uint8_t>(from[flags]),
          static_cast<std::uint32_t>(number(4, 4)),
          static_cast<std::uint8_t>((data >> 60) & 3), data};
}

const char* check_header(const message_header& x, bool outgoing, bool known,
                         std::uint32_t most) {
  auto greets
    = x.type == (outgoing ? type::server_handshake : type::client_handshake);
  if (x.type == type::heartbeat)
    return x.size == 0 && known ? nullptr : stranger;
  if (x.size == 0) // CAF would look for the content all the same
    return stranger;
  if (greets && x.size > (outgoing ? most_server_greeting : most_greeting))
    return stranger;
  if (greets && outgoing && x.data != basp::version)
    return stranger; // CAF does not look
  auto speaks
    = x.type == type::direct_message || x.type == type::monitor_message
      || x.type == type::down_message || x.type == type::routed_message
      || x.type == type::client_handshake;
  if (!greets && !(speaks && known))
    return stranger;
  if (x.size > most)
    return "its message is too large";
  if (x.type == type::direct_message && x.category > 1)
    return stranger;
  return nullptr;
}

bool is_unwanted(const message_header& x) noexcept {
  // Routed messages come from a third node, or so they say. Nobody needs them:
  // all talk with a node directly. Actors with names are CAF's own: one holds
  // settings, one starts actors. A peer with CAF's own middleman asks for them
  // first of all, and does without an answer.
  return x.type == type::routed_message
         || (x.type == type::direct_message
             && (x.flags & basp::header::named_receiver_flag) != 0);
}

} // namespace bqs
