#include "client/message_check.hpp"

#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <caf/actor_system.hpp>
#include <caf/atom.hpp>
#include <caf/binary_serializer.hpp>
#include <caf/error.hpp>
#include <caf/node_id.hpp>
#include <caf/sec.hpp>
#include <gtest/gtest.h>

#include "bqstreamer/config.hpp"
#include "bqstreamer/messages.hpp"

namespace bqs {

std::ostream& operator<<(std::ostream& out, message_verdict x) {
  constexpr const char* names[] = {"good", "broken", "unwanted"};
  return out << names[static_cast<std::size_t>(x)];
}

namespace {

constexpr auto good = message_verdict::good;
constexpr auto broken = message_verdict::broken;
constexpr auto unwanted = message_verdict::unwanted;

struct message_check : ::testing::Test {
  template <class... Ts>
  std::string written(const Ts&... xs) {
    std::vector<char> result;
    caf::binary_serializer sink{sys, result};
    EXPECT_FALSE(sink(xs...));
    return {result.begin(), result.end()};
  }

  /// Without stages, as CAF writes it.
  std::string message(const caf::message& x) {
    return std::string(1, '\0') + written(x);
  }

  /// The same, of types by name and the bytes of their values.
  std::string content(const std::string& types,
                      const std::string& values = {}) {
    return std::string(1, '\0') + written(std::uint16_t{0}, types) + values;
  }

  message_verdict verdict(std::string_view x, bool accepted = true) {
    return check_message(x, accepted);
  }

  config cfg;
  caf::actor_system sys{cfg};
  caf::node_id peer_name
    = caf::make_node_id(7, caf::node_id::default_data::host_id_type{{1, 2, 3}});
  std::string peer = name_on_wire(peer_name);
};

TEST_F(message_check, takes_the_protocol) {
  block rows;
  auto bytes = std::make_shared<block_bytes>();
  bytes->json = std::string(5u << 20, ' ') + "@group";
  rows.bytes = bytes;
  EXPECT_EQ(verdict(message(caf::make_message(rows))), good);
  EXPECT_EQ(verdict(message(caf::make_message(get_status{}))), good);
  EXPECT_EQ(verdict(message(caf::make_message(receipts_ack{1}))), good);
  EXPECT_EQ(verdict(message(caf::make_message(caf::ok_atom_v))), good);
  EXPECT_EQ(verdict(message({})), good);
}

TEST_F(message_check, takes_what_programs_say_beside_it) {
  auto text = std::string(1u << 20, 'x');
  EXPECT_EQ(verdict(content("@<>+my::type+bool+@str+@atom+double", text)),
            good);
  EXPECT_EQ(verdict(content("@<>+@atom+@actor", "x")), good);
}

TEST_F(message_check, takes_errors_that_quote_plain_values) {
  auto plain = caf::make_error(caf::sec::unexpected_message, "why", 7);
  EXPECT_EQ(verdict(message(caf::make_message(plain))), good);
  auto bare = caf::make_error(caf::sec::runtime_error);
  EXPECT_EQ(verdict(message(caf::make_message(bare))), good);
  EXPECT_EQ(check_error(written(bare)), good);
  EXPECT_EQ(check_error(written(plain)), good);
  auto nesting
    = caf::make_error(caf::sec::runtime_error, caf::make_message(1), 2);
  EXPECT_EQ(verdict(message(caf::make_message(nesting))), unwanted);
  EXPECT_EQ(check_error(written(nesting)), unwanted);
  auto long_one
    = caf::make_error(caf::sec::runtime_error, std::string(10'000, 'x'));
  EXPECT_EQ(check_error(written(long_one)), unwanted);
  EXPECT_EQ(check_error("x"), broken);
}

// Each of them has ended a node, or made it hold hundreds of megabytes.
TEST_F(message_check, passes_over_what_caf_does_not_read_safely) {
  for (auto type : {"@message",
                    "@group",
                    "@group_down",
                    "@config_value",
                    "settings",
                    "dictionary<@config_value>",
                    "std::vector<@message>",
                    "@strvec",
                    "@strmap",
                    "@strset",
                    "@actorvec",
                    "@addrvec",
                    "@charbuf",
                    "@node",
                    "@exit",
                    "@down",
                    "@open_stream_msg",
                    "@upstream_msg",
                    "@downstream_msg",
                    "@timeout",
                    "@weak_actor_ptr",
                    "@new_data_msg"}) {
    EXPECT_EQ(verdict(content(std::string{"@<>+"} + type)), unwanted) << type;
    EXPECT_EQ(verdict(content(std::string{"@<>+bool+"} + type)), unwanted)
      << type;
    EXPECT_EQ(verdict(content(std::string{"@<>+"} + type), false), unwanted)
      << type;
  }
}

TEST_F(message_check, who_has_come_says_little_but_rows) {
  auto of_type = [&](std::string_view type, std::size_t size) {
    return content("@<>+bqs::" + std::string{type}, std::string(size, '\0'));
  };
  for (auto type : {"block", "row", "push"})
    EXPECT_EQ(verdict(of_type(type, 20u << 20)), good) << type;
  for (auto type : {"failures", "receipt", "standing", "status"}) {
    EXPECT_EQ(verdict(of_type(type, 3u << 20)), good) << type;
    EXPECT_EQ(verdict(of_type(type, 5u << 20)), unwanted) << type;
    EXPECT_EQ(verdict(of_type(type, 5u << 20), false), good) << type;
  }
  for (auto type : {"get_status", "join", "pause", "ask"}) {
    EXPECT_EQ(verdict(of_type(type, 10'000)), good) << type;
    EXPECT_EQ(verdict(of_type(type, 20'000)), unwanted) << type;
  }
  // Beside something else it would have another measure.
  EXPECT_EQ(verdict(content("@<>+bool+bqs::failures")), unwanted);
  EXPECT_EQ(verdict(content("@<>+bqs::block+bqs::failures")), unwanted);
}

TEST_F(message_check, handles_come_in_small_messages) {
  EXPECT_EQ(verdict(content("@<>+@actor+@str", std::string(5000, 'x'))),
            unwanted);
}

TEST_F(message_check, nobody_links) {
  auto about = [&](std::uint64_t atom) {
    return content("@<>+@atom+@strong_actor_ptr",
                   written(atom, std::uint64_t{3}) + peer);
  };
  EXPECT_EQ(verdict(about(caf::link_atom::uint_value())), unwanted);
  EXPECT_EQ(verdict(about(caf::unlink_atom::uint_value())), unwanted);
  EXPECT_EQ(verdict(about(caf::put_atom::uint_value())), good);
}

TEST_F(message_check, what_is_no_message_is_none) {
  using namespace std::literals;
  EXPECT_EQ(verdict({}), broken);
  EXPECT_EQ(verdict("\0"sv), broken);
  EXPECT_EQ(verdict("\1\0\0\3@<>"sv), broken);
  EXPECT_EQ(verdict("\0\0\1\3@<>"sv), broken);
  EXPECT_EQ(verdict("\0\0\0\4@<>"sv), broken);
  EXPECT_EQ(verdict("\0\0\0\xff\xff\xff\xff\xff\xff@<>"sv), broken);
  EXPECT_EQ(verdict("\0\0\0\3@<>"sv), good);
  EXPECT_EQ(verdict(content("bqs::get_status")), broken);
  EXPECT_EQ(verdict(content("@<>bqs::get_status")), broken);
  // CAF reads over such ends; they would hide a link from us.
  EXPECT_EQ(verdict(content("@<>+@atom+@strong_actor_ptr+")), broken);
  EXPECT_EQ(verdict(content("@<>+")), broken);
  EXPECT_EQ(verdict(content("@<>+bool++bool")), broken);
  std::string many = "@<>";
  while (many.size() < 5000)
    many += "+bool";
  EXPECT_EQ(verdict(content(many)), broken);
}

TEST_F(message_check, names_of_nodes_have_one_kind) {
  EXPECT_EQ(peer.size(), node_name_size);
  EXPECT_TRUE(begins_with_name(peer + "more"));
  EXPECT_FALSE(begins_with_name(peer.substr(1)));
  EXPECT_FALSE(begins_with_name(std::string_view{peer}.substr(0, 31)));
  EXPECT_FALSE(
    begins_with_name(written(caf::atom("uri")) + std::string(100, 'x')));
  EXPECT_FALSE(begins_with_name({}));
}

} // namespace

} // namespace bqs
