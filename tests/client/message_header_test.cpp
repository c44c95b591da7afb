#include "client/message_header.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include <caf/io/basp/header.hpp>
#include <caf/io/basp/version.hpp>
#include <gtest/gtest.h>

namespace bqs {

namespace {

namespace basp = caf::io::basp;
using type = basp::message_type;

constexpr std::uint32_t most = 64u << 20;
constexpr std::uint32_t forged = UINT32_MAX;
constexpr std::uint8_t first_unknown = 7;

const std::string no_protocol = "it does not speak the protocol";
const std::string too_large = "its message is too large";

basp::header header(type of, std::uint32_t size, std::uint64_t data = 0) {
  return {of, 0, size, data, 0, 0};
}

/// The text; empty if nothing is wrong.
std::string check(const basp::header& x, bool outgoing, bool known) {
  auto result = check_header(x, outgoing, known, most);
  return result == nullptr ? "" : result;
}

/// Of one that has come to us.
std::string check(const basp::header& x, bool known = true) {
  return check(x, false, known);
}

std::string check_of_server(std::uint32_t size,
                            std::uint64_t version = basp::version,
                            bool known = false) {
  return check(header(type::server_handshake, size, version), true, known);
}

constexpr type contents[] = {type::direct_message, type::routed_message,
                             type::monitor_message, type::down_message};

} // namespace

TEST(message_header, is_read_byte_by_byte) {
  std::vector<char> bytes(32, '\x55'); // what is not read
  std::vector<char> first{2,    '\x55', '\x55', '\xC1', '\xFF', 0,
                          '\1', '\x80', '\xB1', 2,      3,      4,
                          5,    6,      7,      '\xF8'};
  std::copy(first.begin(), first.end(), bytes.begin());
  auto x = read_header(bytes);
  EXPECT_EQ(x.operation, type::direct_message);
  EXPECT_EQ(x.flags, 0xC1);
  EXPECT_EQ(x.payload_len, 0xFF000180u);
  EXPECT_EQ(x.operation_data, 0xB1020304050607F8u);
}

TEST(message_header, of_no_known_type_is_refused) {
  for (auto outgoing : {false, true})
    for (auto known : {false, true})
      for (auto size : {0u, 1u, 100u, forged})
        for (auto i = unsigned{first_unknown}; i < 256; ++i)
          EXPECT_EQ(check(header(static_cast<type>(i), size, basp::version),
                          outgoing, known),
                    no_protocol)
            << i;
}

TEST(message_header, of_a_heartbeat_has_no_content) {
  for (auto outgoing : {false, true}) {
    EXPECT_EQ(check(header(type::heartbeat, 0), outgoing, true), "");
    EXPECT_EQ(check(header(type::heartbeat, 1), outgoing, true), no_protocol);
    EXPECT_EQ(check(header(type::heartbeat, forged), outgoing, true),
              no_protocol);
    EXPECT_EQ(check(header(type::heartbeat, 0), outgoing, false), no_protocol);
  }
}

TEST(message_header, of_all_others_has_some) {
  for (auto outgoing : {false, true})
    for (auto known : {false, true})
      for (std::uint8_t i = 0; i < 6; ++i)
        EXPECT_EQ(check(header(static_cast<type>(i), 0, basp::version),
                        outgoing, known),
                  no_protocol);
}

TEST(message_header, comes_from_whoever_is_known) {
  for (auto outgoing : {false, true})
    for (auto x : contents) {
      EXPECT_EQ(check(header(x, 1), outgoing, true), "");
      EXPECT_EQ(check(header(x, 1), outgoing, false), no_protocol);
    }
}

TEST(message_header, is_refused_above_the_limit) {
  for (auto outgoing : {false, true})
    for (auto x : contents) {
      EXPECT_EQ(check(header(x, most), outgoing, true), "");
      EXPECT_EQ(check(header(x, most + 1), outgoing, true), too_large);
      EXPECT_EQ(check(header(x, forged), outgoing, true), too_large);
      // Who is not known does not learn of limits.
      EXPECT_EQ(check(header(x, forged), outgoing, false), no_protocol);
    }
}

TEST(message_header, of_a_greeting_is_short) {
  for (auto known : {false, true}) { // it may come again
    EXPECT_EQ(check(header(type::client_handshake, 1), known), "");
    EXPECT_EQ(check(header(type::client_handshake, 4096), known), "");
    EXPECT_EQ(check(header(type::client_handshake, 4097), known), no_protocol);
    EXPECT_EQ(check(header(type::client_handshake, forged), known),
              no_protocol);
    EXPECT_EQ(check_of_server(1u << 20, basp::version, known), "");
    EXPECT_EQ(check_of_server((1u << 20) + 1, basp::version, known),
              no_protocol);
    EXPECT_EQ(check_of_server(forged, basp::version, known), no_protocol);
  }
}

TEST(message_header, of_a_greeting_keeps_to_a_limit_below_it) {
  auto check_below = [](type of, bool outgoing, std::uint32_t size) {
    auto result
      = check_header(header(of, size, basp::version), outgoing, false, 100);
    return std::string{result == nullptr ? "" : result};
  };
  EXPECT_EQ(check_below(type::client_handshake, false, 100), "");
  EXPECT_EQ(check_below(type::client_handshake, false, 101), too_large);
  EXPECT_EQ(check_below(type::server_handshake, true, 101), too_large);
}

TEST(message_header, of_a_nodes_greeting_has_the_version) {
  EXPECT_EQ(check_of_server(100), "");
  EXPECT_EQ(check_of_server(100, basp::version + 1), no_protocol);
  EXPECT_EQ(check_of_server(100, basp::version - 1), no_protocol);
  EXPECT_EQ(check_of_server(100, basp::version | (std::uint64_t{1} << 40)),
            no_protocol);
  EXPECT_EQ(check_of_server(100, 0, true), no_protocol);
  // A client says none.
  EXPECT_EQ(check(header(type::client_handshake, 100, 0), false), "");
}

TEST(message_header, of_a_greeting_is_that_of_the_other_side) {
  for (auto known : {false, true})
    EXPECT_EQ(check(header(type::server_handshake, 100, basp::version), known),
              no_protocol);
  auto of_client = header(type::client_handshake, 100, basp::version);
  EXPECT_EQ(check(of_client, true, false), no_protocol);
  EXPECT_EQ(check(of_client, true, true), ""); // CAF's to answer
}

TEST(message_header, of_a_direct_message_is_of_no_stream) {
  for (std::uint64_t first = 0; first < 256; ++first)
    for (auto of : contents) {
      auto of_stream = (first & 0x20) != 0; // categories 2 and 3 of two bits
      auto is_wrong = of == type::direct_message && of_stream;
      EXPECT_EQ(check(header(of, 100, first << 56)),
                is_wrong ? no_protocol : "");
    }
}

TEST(message_header, of_routed_messages_and_named_receivers_is_unwanted) {
  for (auto i = 0; i < 256; ++i)
    for (auto flags = 0; flags < 256; ++flags) {
      auto x = header(static_cast<type>(i), 100);
      x.flags = static_cast<std::uint8_t>(flags);
      auto to_name = (flags & basp::header::named_receiver_flag) != 0;
      EXPECT_EQ(is_unwanted(x),
                x.operation == type::routed_message
                  || (x.operation == type::direct_message && to_name));
    }
}

} // namespace bqs
