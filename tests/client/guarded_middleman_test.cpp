#include "client/guarded_middleman.hpp"

#include <unistd.h>

#include <future>
#include <string>

#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/io/middleman.hpp>
#include <gtest/gtest.h>

#include "bqstreamer/config.hpp"
#include "bqstreamer/messages.hpp"
#include "http/unique_fd.hpp"
#include "tests/end_to_end/raw_peer.hpp"

namespace bqs {

namespace {

using test::greeting;
using test::message_header;
using test::raw_peer;

caf::behavior answering() {
  return {[](const get_status&) { return status{"here"}; }};
}

/// Holds the thread that it runs on until `go`.
caf::behavior holding(caf::event_based_actor*, std::shared_future<void> go) {
  return {[go](caf::ok_atom) { go.wait(); }};
}

/// A question as it is on the wire.
std::string question(caf::actor_id to) {
  using namespace std::literals;
  auto content = "\0\0\0\x13@<>+bqs::get_status\0"s;
  constexpr auto number = 0x1000'0000'0000'0001;
  return message_header(2, static_cast<std::uint32_t>(content.size()), number,
                        9, to)
         + content;
}

} // namespace

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
  for (std::string said; said.find("here") == std::string::npos;) {
    auto more = first.receive();
    ASSERT_FALSE(more.empty());
    said += more;
  }
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
  for (std::string said; said.find("here") == std::string::npos;) {
    auto more = second.receive();
    EXPECT_FALSE(more.empty()) << "no answer";
    if (more.empty())
      break;
    said += more;
  }
  caf::anon_send_exit(target, caf::exit_reason::user_shutdown);
  caf::anon_send_exit(holder, caf::exit_reason::user_shutdown);
}

} // namespace bqs
