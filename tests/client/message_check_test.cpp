#include "client/message_check.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <caf/actor_system.hpp>
#include <caf/atom.hpp>
#include <caf/binary_serializer.hpp>
#include <caf/io/middleman.hpp>
#include <caf/node_id.hpp>
#include <caf/scoped_execution_unit.hpp>
#include <gtest/gtest.h>

#include "bqstreamer/config.hpp"
#include "bqstreamer/messages.hpp"

namespace bqs {

namespace {

constexpr auto trap = "its message could be a trap";
constexpr auto stranger = "it does not speak the protocol";

struct message_check : ::testing::Test {
  /// Writes what comes after the stages.
  template <class... Ts>
  std::vector<char> content(const std::string& types, const Ts&... xs) {
    std::vector<char> result{0};
    caf::binary_serializer sink{&unit, result};
    EXPECT_FALSE(sink(std::uint16_t{0}, types, xs...));
    return result;
  }

  std::vector<char> message(const caf::message& x) {
    std::vector<char> result{0};
    caf::binary_serializer sink{&unit, result};
    EXPECT_FALSE(sink(x));
    return result;
  }

  /// Messages in messages, of 15 bytes each.
  std::vector<char> nested(int levels) {
    auto result = content("@<>+@message");
    auto level = std::vector<char>(result.begin() + 1, result.end());
    for (auto i = 1; i < levels; ++i)
      result.insert(result.end(), level.begin(), level.end());
    auto last = content("@<>");
    result.insert(result.end(), last.begin() + 1, last.end());
    return result;
  }

  std::string verdict(const std::vector<char>& x, bool accepted = true) {
    auto why = check_message(&unit, x, peer, accepted);
    return why ? why : "";
  }

  config cfg;
  caf::actor_system sys{cfg};
  caf::scoped_execution_unit unit{&sys};
  caf::node_id peer
    = caf::make_node_id(7, caf::node_id::default_data::host_id_type{{1, 2, 3}});
};

TEST_F(message_check, takes_the_protocol_at_any_size) {
  EXPECT_EQ(verdict(message(caf::make_message(get_status{}))), "");
  block rows;
  auto bytes = std::make_shared<block_bytes>();
  bytes->json = std::string(1u << 20, ' ') + "@group";
  rows.bytes = bytes;
  EXPECT_EQ(verdict(message(caf::make_message(rows))), "");
  EXPECT_EQ(verdict(message(caf::make_message(caf::ok_atom_v))), "");
  EXPECT_EQ(verdict(message({})), "");
}

TEST_F(message_check, takes_what_programs_say_beside_it) {
  auto text = std::string(1u << 20, 'x');
  EXPECT_EQ(verdict(content("@<>+my::type+bool+@str", true, text, text)), "");
  auto few = std::vector<std::string>{"a", "b"};
  EXPECT_EQ(verdict(content("@<>+@strvec", few)), "");
  auto failed = caf::make_error(caf::sec::unexpected_message, "why");
  EXPECT_EQ(verdict(message(caf::make_message(failed))), "");
}

TEST_F(message_check, nothing_nests_without_end) {
  EXPECT_EQ(verdict(nested(1000)), "");
  EXPECT_EQ(verdict(nested(30'000)), trap);
  for (auto type : {"@error", "@exit", "@down", "@config_value", "@strvec",
                    "@strmap", "@strset", "@actorvec", "@addrvec"})
    EXPECT_EQ(
      verdict(content(std::string{"@<>+"} + type, std::string(20'000, '\0'))),
      trap)
      << type;
  EXPECT_EQ(
    verdict(content("@<>+bqs::get_status+@message", std::string(20'000, '\0'))),
    trap);
}

TEST_F(message_check, who_has_come_says_little_but_rows) {
  auto padding = std::string(5u << 20, '\0');
  for (auto type : {"bqs::failures", "bqs::receipt", "bqs::get_status"}) {
    auto large = content(std::string{"@<>+"} + type, padding);
    EXPECT_EQ(verdict(large), trap) << type;
    EXPECT_EQ(verdict(large, false), "") << type;
  }
  for (auto type : {"bqs::block", "bqs::row", "bqs::push", "my::type"})
    EXPECT_EQ(verdict(content(std::string{"@<>+"} + type, padding)), "")
      << type;
}

TEST_F(message_check, nobody_names_a_group) {
  EXPECT_EQ(verdict(content("@<>+@group")), trap);
  EXPECT_EQ(verdict(content("@<>+@group_down")), trap);
  auto hidden
    = content("@<>+@message", std::uint16_t{0}, std::string{"@<>+@group"});
  EXPECT_EQ(verdict(hidden), trap);
}

TEST_F(message_check, types_have_a_bound) {
  std::string types = "@<>";
  for (auto i = 0; i < 5000; ++i)
    types += "+bool";
  EXPECT_EQ(verdict(content(types, std::string(5000, '\0'))), trap);
}

TEST_F(message_check, who_links_names_its_own_actor) {
  for (auto atom :
       {caf::link_atom::uint_value(), caf::unlink_atom::uint_value()}) {
    auto link = [&](const caf::node_id& node) {
      return content("@<>+@atom+@strong_actor_ptr", atom, std::uint64_t{3},
                     node);
    };
    EXPECT_EQ(verdict(link(peer)), "");
    EXPECT_EQ(verdict(link(sys.node())), trap);
    EXPECT_EQ(verdict(link({})), trap);
  }
  EXPECT_EQ(verdict(content("@<>+@atom+@strong_actor_ptr")), stranger);
}

TEST_F(message_check, what_is_no_message_is_none) {
  EXPECT_EQ(verdict({}), stranger);
  EXPECT_EQ(verdict({0}), stranger);
  EXPECT_EQ(verdict({1, 0, 0, 3, '@', '<', '>'}), stranger);
  EXPECT_EQ(verdict({0, 0, 1, 3, '@', '<', '>'}), stranger);
  EXPECT_EQ(verdict({0, 0, 0, 100, '@', '<', '>'}), stranger);
  EXPECT_EQ(verdict(content("bqs::get_status")), stranger);
}

TEST_F(message_check, ends_are_told_in_a_few_words) {
  EXPECT_EQ(check_end(std::vector<char>(1000, 'x')), nullptr);
  EXPECT_STREQ(check_end(std::vector<char>(20'000, 'x')), trap);
  std::string group = "...@group...";
  EXPECT_STREQ(check_end({group.begin(), group.end()}), trap);
}

} // namespace

} // namespace bqs
