#include "client/guarded_middleman.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include <caf/actor_registry.hpp>
#include <caf/binary_deserializer.hpp>
#include <caf/scoped_actor.hpp>

#include "http/unique_fd.hpp"
#include "tests/client/guarded_middleman_fixture.hpp"

namespace bqs {

namespace {

using namespace test;

/// Holds the thread that it runs on until `go`.
caf::behavior holding(caf::event_based_actor*, std::shared_future<void> go) {
  return {[go](caf::ok_atom) { go.wait(); }};
}

} // namespace

TEST_F(door, nobody_takes_the_name_of_another) {
  raw_peer victim{port};
  victim.send(greeting(1));
  EXPECT_TRUE(is_answered(victim, target->id()));
  raw_peer thief{port};
  thief.send(greeting(1, true));
  EXPECT_TRUE(thief.hung_up());
  raw_peer patient{port};
  patient.send(greeting(1) + greeting(1));
  EXPECT_TRUE(patient.hung_up());
  raw_peer hasty{port};
  hasty.send(greeting(1) + question(target->id()));
  EXPECT_TRUE(hasty.hung_up());
  EXPECT_TRUE(is_answered(victim, target->id()));
  const std::string taken = "it claims to be a peer that is here";
  EXPECT_EQ(
    refused(),
    (std::vector{taken, taken, std::string{"it does not speak the protocol"}}));
}

TEST_F(door, nobody_takes_the_name_of_the_node) {
  raw_peer thief{port};
  auto said = thief.receive();
  ASSERT_GE(said.size(), 64u);
  thief.send(greeting_of(said.substr(32, 32)));
  EXPECT_FALSE(is_answered(thief, target->id()));
  EXPECT_EQ(refused(),
            std::vector<std::string>{"it does not speak the protocol"});
}

TEST_F(door, a_connection_keeps_its_name) {
  raw_peer peer{port};
  peer.send(greeting(1) + greeting(1, true));
  EXPECT_TRUE(is_answered(peer, target->id()));
  peer.send(greeting(2));
  EXPECT_TRUE(peer.hung_up());
  EXPECT_EQ(refused(), std::vector<std::string>{"it changes its name"});
}

TEST_F(door, peers_leave_nothing_behind) {
  auto before = sys.registry().running();
  for (auto i = 1u; i <= 50; ++i) {
    raw_peer peer{port};
    peer.send(greeting(i));
    EXPECT_TRUE(is_answered(peer, target->id()));
  }
  EXPECT_EQ(sys.registry().running(), before);
  EXPECT_TRUE(broker().spawn_servers.empty());
}

TEST_F(door, peers_speak_of_no_third_node) {
  using namespace std::literals;
  raw_peer peer{port};
  peer.send(greeting(1));
  auto content = "\0\0\0\x0a@<>+@actor\0\0\0\0\0\0\0\5"s + node_name(3);
  peer.send(message_header(2, static_cast<std::uint32_t>(content.size()), 0, 9,
                           target->id())
            + content);
  EXPECT_TRUE(is_answered(peer, target->id()));
  caf::node_id third;
  auto name = node_name(3);
  std::vector<char> bytes{name.begin(), name.end()};
  EXPECT_FALSE(caf::binary_deserializer(sys, bytes)(third));
  EXPECT_EQ(broker().proxies().count_proxies(third), 0);
  EXPECT_FALSE(broker().instance.tbl().lookup(third));
}

TEST_F(door, peers_reach_no_actor_by_its_name) {
  raw_peer peer{port};
  peer.send(greeting(1));
  auto settings = caf::atom("ConfigServ");
  auto content
    = content_of(caf::make_message(caf::put_atom_v, std::string{"key"},
                                   caf::make_message(std::string{"value"})));
  auto header = message_header(2, static_cast<std::uint32_t>(content.size()), 0,
                               9, static_cast<std::uint64_t>(settings));
  constexpr auto flags = 3;
  header[flags] = '\1';
  peer.send(header + content);
  EXPECT_TRUE(is_answered(peer, target->id()));
  caf::scoped_actor self{sys};
  std::string held;
  self
    ->request(caf::actor_cast<caf::actor>(sys.registry().get(settings)),
              caf::infinite, caf::get_atom_v, std::string{"key"})
    .receive(
      [&](const std::string&, const caf::message& x) { held = to_string(x); },
      [&](const caf::error& x) { ADD_FAILURE() << sys.render(x); });
  EXPECT_EQ(held.find("value"), std::string::npos) << held;
}

TEST_F(door, peers_speak_for_themselves) {
  raw_peer victim{port};
  auto said = victim.receive();
  ASSERT_GE(said.size(), 64u);
  auto here = said.substr(32, 32);
  victim.send(greeting(1));
  EXPECT_TRUE(is_answered(victim, target->id()));
  const auto ended = node_name(1) + here + std::string(9, '\0');
  const auto watched = node_name(1) + here;
  const auto passed_on = node_name(2) + node_name(1);
  auto size = [](auto& x) { return static_cast<std::uint32_t>(x.size()); };
  for (auto& lie : {message_header(5, size(ended), 0, 9, 0) + ended,
                    message_header(4, size(watched), 0, 0, 1) + watched,
                    message_header(4, size(passed_on), 0, 0, 9) + passed_on}) {
    raw_peer liar{port};
    liar.send(greeting(2) + lie);
    EXPECT_TRUE(liar.hung_up());
  }
  EXPECT_EQ(refused(),
            std::vector<std::string>(3, "it speaks in the name of another"));
  EXPECT_TRUE(is_answered(victim, target->id()));
}

TEST_F(door, answers_go_to_who_has_asked) {
  using namespace std::literals;
  raw_peer peer{port};
  auto content
    = "\1\0\0\0\0\0\0\0\5"s + node_name(1) + "\0\0\x13@<>+bqs::get_status\0"s;
  peer.send(greeting(1)
            + message_header(2, static_cast<std::uint32_t>(content.size()),
                             0x1000'0000'0000'0001, 9, target->id())
            + content);
  EXPECT_TRUE(peer.hung_up());
  EXPECT_EQ(refused(),
            std::vector<std::string>{"it does not speak the protocol"});
}

// CAF would read the nested messages until the stack ends, of an actor's end as
// well as of a message, and wait for ever for an actor that is linked to
// itself.
TEST_F(door, messages_that_would_end_the_node_are_passed_over) {
  using namespace std::literals;
  raw_peer friendly{port};
  auto here = friendly.receive().substr(32, 32);
  friendly.send(greeting(1));
  EXPECT_TRUE(is_answered(friendly, target->id()));
  std::string nested;
  for (auto i = 0; i < 100'000; ++i)
    nested += "\0\0\x0C@<>+@message"s;
  nested += "\0\0\3@<>"s;
  std::string self(8, '\0');
  self.back() = static_cast<char>(target->id());
  std::string link(8, '\0');
  for (auto i = 0; i < 8; ++i)
    link[static_cast<std::size_t>(i)]
      = static_cast<char>(caf::link_atom::uint_value() >> (56 - 8 * i));
  const auto deep = "\0"s + nested;
  const auto ended = node_name(2) + here + "\1"s + std::string(8, 'x') + nested;
  const auto tied
    = "\0\0\0\x1B@<>+@atom+@strong_actor_ptr"s + link + self + here;
  auto size = [](auto& x) { return static_cast<std::uint32_t>(x.size()); };
  for (auto& trap :
       {message_header(2, size(deep), 0, 9, target->id()) + deep,
        message_header(5, size(ended), 0, 9, 0) + ended,
        message_header(2, size(tied), 0, 0, target->id()) + tied}) {
    raw_peer enemy{port};
    enemy.send(greeting(2) + trap);
    EXPECT_TRUE(is_answered(enemy, target->id()));
  }
  EXPECT_EQ(refused(), std::vector<std::string>(
                         3, "a message that no peer needs was passed over"));
  EXPECT_TRUE(is_answered(friendly, target->id()));
}

// CAF takes the content of such a message for what a stream says, unseen, and
// throws over a name of a kind that it does not know.
TEST_F(door, what_caf_trips_over_ends_its_connection) {
  using namespace std::literals;
  raw_peer friendly{port};
  friendly.send(greeting(1));
  EXPECT_TRUE(is_answered(friendly, target->id()));
  auto nothing = "\0\0\0\3@<>"s;
  for (auto category : {2u, 3u}) {
    raw_peer enemy{port};
    enemy.send(
      greeting(2)
      + message_header(2, 7, std::uint64_t{category} << 60, 9, target->id())
      + nothing);
    EXPECT_TRUE(enemy.hung_up());
  }
  auto number = static_cast<std::uint64_t>(caf::atom("uri"));
  std::string uri;
  for (auto i = 56; i >= 0; i -= 8)
    uri += static_cast<char>(number >> i);
  uri += "\1x\0\x63\0\0\0\0\0"s + std::string(20, '\0');
  raw_peer enemy{port};
  enemy.send(greeting_of(uri, true));
  EXPECT_TRUE(enemy.hung_up());
  EXPECT_EQ(refused(),
            std::vector<std::string>(3, "it does not speak the protocol"));
  EXPECT_TRUE(is_answered(friendly, target->id()));
}

// CAF closes such a connection by itself, and the guard hears nothing of it. By
// then the descriptor may be that of a request to the service.
TEST_F(door,
       a_connection_that_caf_has_closed_harms_nobody_with_its_descriptor) {
  constexpr std::uint32_t large = 60u << 20;
  raw_peer friendly{port};
  friendly.send(greeting(1));
  EXPECT_TRUE(is_answered(friendly, target->id()));
  raw_peer gone{port};
  gone.send(greeting(2) + message_header(2, large, 0, 1, 0)); // to nobody
  EXPECT_TRUE(gone.hung_up());
  wait_for_refusal();
  EXPECT_EQ(refused(),
            std::vector<std::string>{"it does not speak the protocol"});
  std::vector<std::array<http::unique_fd, 2>> others(4);
  for (auto& x : others) {
    std::array<int, 2> ends{};
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()), 0);
    x = {http::unique_fd{ends[0]}, http::unique_fd{ends[1]}};
  }
  // Together with it they announce more than may be announced.
  std::vector<std::unique_ptr<raw_peer>> crowd;
  for (auto i = 3u; i < 7; ++i) {
    crowd.push_back(std::make_unique<raw_peer>(port));
    crowd.back()->send(greeting(i)
                       + message_header(2, large, 0, 1, target->id()));
    EXPECT_TRUE(is_answered(friendly, target->id()));
  }
  for (auto& x : others)
    for (auto i : {0u, 1u})
      EXPECT_EQ(::send(x[i].get(), "x", 1, MSG_NOSIGNAL), 1);
}

// CAF closes its connection, and goes on writing.
TEST(guarded_middleman, who_leaves_and_reads_nothing_does_not_hold_the_end) {
  for (auto silently : {true, false}) {
    std::unique_ptr<raw_peer> deaf; // outlives the system
    config cfg;
    cfg.set("middleman.heartbeat-interval", caf::timespan{100ms});
    if (silently)
      cfg.set("middleman.connection-timeout", caf::timespan{500ms});
    caf::actor_system sys{cfg};
    std::promise<void> lost;
    auto talker = sys.spawn([&](caf::event_based_actor* self) -> caf::behavior {
      self->set_down_handler([&](caf::down_msg&) { lost.set_value(); });
      return {[self](const get_status&) {
        self->monitor(self->current_sender());
        return status{std::string(32u << 20, ' ')};
      }};
    });
    auto port = sys.middleman().publish(talker, 0, "127.0.0.1");
    ASSERT_TRUE(port);
    deaf = std::make_unique<raw_peer>(*port, 4096);
    deaf->send(greeting(1) + question(talker->id()));
    EXPECT_FALSE(deaf->receive().empty());
    if (!silently)
      deaf->end();
    lost.get_future().wait();
    caf::anon_send_exit(talker, caf::exit_reason::user_shutdown);
  }
}

TEST_F(door, a_silent_connection_keeps_no_name) {
  raw_peer before{port};
  before.send(greeting(1));
  EXPECT_TRUE(is_answered(before, target->id()));
  EXPECT_GT(tries_to_return(), 1); // it is half open, and nobody has said so
  EXPECT_TRUE(before.hung_up());
}

TEST_F(door, a_connection_that_was_closed_keeps_no_name) {
  for (auto i = 0; i < 20; ++i) {
    raw_peer before{port};
    before.send(greeting(1));
    EXPECT_TRUE(is_answered(before, target->id()));
    before.send(question(target->id()));
    before.end();
    tries_to_return();
  }
  EXPECT_EQ(refused(), std::vector<std::string>{});
}

TEST_F(door, a_client_may_have_two_addresses_of_a_node) {
  config client;
  caf::actor_system other{client};
  auto first = other.middleman().remote_actor("127.0.0.1", port);
  ASSERT_TRUE(first);
  auto second = other.middleman().remote_actor("127.0.0.2", port);
  ASSERT_TRUE(second) << other.render(second.error());
  EXPECT_EQ(*first, *second);
  caf::scoped_actor self{other};
  auto answered = false;
  self->request(*second, caf::infinite, get_status{})
    .receive([&](const status&) { answered = true; },
             [&](const caf::error& x) { ADD_FAILURE() << other.render(x); });
  EXPECT_TRUE(answered);
  EXPECT_EQ(refused(), std::vector<std::string>{});
}

TEST_F(door, a_node_may_connect_to_itself) {
  auto found = sys.middleman().remote_actor("127.0.0.1", port);
  ASSERT_TRUE(found) << sys.render(found.error());
  EXPECT_EQ(*found, target);
  EXPECT_EQ(refused(), std::vector<std::string>{});
}

// CAF tidies up after a lost connection only when all that had come before was
// read, and that may take a while. By then the next connection may have the
// same descriptor, and lost its way back.
TEST(guarded_middleman, a_new_connection_is_not_taken_for_the_lost_one) {
  config cfg;
  cfg.set("scheduler.max-threads", std::size_t{1});
  caf::actor_system sys{cfg};
  auto target = sys.spawn<caf::detached>(answering);
  auto port = sys.middleman().publish(target, 0, "127.0.0.1");
  ASSERT_TRUE(port);
  http::unique_fd spare{::dup(0)};
  raw_peer first{*port};
  EXPECT_TRUE(first.send(greeting() + question(target->id())));
  ASSERT_TRUE(hears_answer(first));
  std::promise<void> go;
  auto holder = sys.spawn(holding, go.get_future().share());
  caf::anon_send(holder, caf::ok_atom_v);
  // Whoever reads it, if not the thread that takes it in, has to wait.
  EXPECT_TRUE(first.send(question(target->id())));
  first.end();
  EXPECT_TRUE(first.hung_up());
  spare = http::unique_fd{}; // the next one to be taken, by our end
  raw_peer second{*port};
  EXPECT_TRUE(second.send(greeting() + question(target->id())));
  go.set_value();
  EXPECT_TRUE(hears_answer(second));
  caf::anon_send_exit(target, caf::exit_reason::user_shutdown);
  caf::anon_send_exit(holder, caf::exit_reason::user_shutdown);
}

} // namespace bqs
