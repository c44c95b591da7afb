// An http actor with a token actor that says what the test wants, and a server
// that keeps what it is sent.

#include "actors/http_actor.hpp"

#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <caf/actor_system.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <gtest/gtest.h>

#include "actors/target.hpp"
#include "bqstreamer/block_builder.hpp"
#include "bqstreamer/config.hpp"
#include "tests/http/fake_server.hpp"

namespace bqs {

namespace {

using namespace std::chrono_literals;
using internal::access;
using strings = std::vector<std::string>;

access make_token(const std::string& value, std::uint64_t generation,
                  std::chrono::seconds renew_in) {
  access result;
  result.value = value;
  result.generation = generation;
  result.renew_at = std::chrono::steady_clock::now() + renew_in;
  result.quota_project = "payer";
  return result;
}

access make_failure(access x) {
  x.error = "the purse is empty";
  return x;
}

/// Gives the answers in turn.
token_actor::behavior_type giving(token_actor::pointer,
                                  std::shared_ptr<std::deque<access>> answers) {
  return {
    [answers](caf::get_atom, std::uint64_t) {
      auto result = answers->front();
      answers->pop_front();
      return result;
    },
    [](caf::tick_atom, std::uint64_t) {
      // nop
    },
    [](caf::update_atom) {
      // nop
    },
  };
}

struct http_actor_test : ::testing::Test {
  /// Answers so many requests with these statuses, and then none.
  void serve(const std::vector<int>& statuses) {
    server.emplace(std::vector<http::test::script>{
      [this, statuses](http::test::peer& client) {
        for (auto status : statuses) {
          auto head = client.read_head();
          auto at = head.find("Content-Length: ");
          if (at == std::string::npos)
            return;
          client.read(std::stoul(head.substr(at + 16)));
          heads.push_back(head);
          client.send(http::test::answer_text(status, "{}"));
        }
      }});
    http_options options;
    options.where = {false, "127.0.0.1", server->port()};
    options.timeout = 10s;
    uut = spawn_http_actor(sys, options, sys.spawn(giving, answers)).handle;
  }

  /// Sends a batch of one row.
  http::outcome send() {
    block_builder builder;
    builder.add(std::string_view{R"({"n":1})"});
    auto held = std::make_shared<held_block>();
    held->rows = builder.finish({}, 0, {"test", "ds", "t", ""});
    auto rows = std::make_shared<batch>();
    rows->slices.push_back({held, {0, 1}, {}, 1, false});
    rows->rows = 1;
    http::outcome result;
    self
      ->request(uut, 30s,
                internal::job{1, make_target(held->rows.table, {}), rows})
      .receive([&result](
                 const internal::job_result& x) { result = x.result->outcome; },
               [](const caf::error&) { FAIL() << "no answer"; });
    return result;
  }

  /// What was shown to the server, request by request.
  strings shown() {
    server->await_finished(1);
    strings result;
    for (auto& x : heads) {
      auto at = x.find("Authorization: ");
      auto end = x.find("\r\n", at);
      result.push_back(at == std::string::npos ? "" : x.substr(at, end - at));
      EXPECT_NE(x.find("x-goog-user-project: payer\r\n"), std::string::npos);
    }
    return result;
  }

  ~http_actor_test() override {
    self->send_exit(uut, caf::exit_reason::user_shutdown);
  }

  /// The old one was sent before and can be sent no more.
  void expect_none_until_the_new_one() {
    auto x = send();
    EXPECT_EQ(x.cause, http::cause::bad_token);
    EXPECT_EQ(x.status, 0);
    EXPECT_EQ(x.reason, "no_token");
    EXPECT_EQ(x.message, "the purse is empty");
    EXPECT_EQ(send().verdict, http::verdict::stored);
    EXPECT_EQ(shown(), (strings{"Authorization: Bearer old",
                                "Authorization: Bearer new"}));
  }

  config cfg;
  caf::actor_system sys{cfg};
  caf::scoped_actor self{sys};
  std::shared_ptr<std::deque<access>> answers
    = std::make_shared<std::deque<access>>();
  std::vector<std::string> heads;
  std::optional<http::test::fake_server> server;
  http_actor uut;
};

} // namespace

TEST_F(http_actor_test, a_token_that_has_ended_is_not_sent) {
  *answers = {make_token("old", 1, 0s), make_failure(make_token("", 0, 1h)),
              make_token("new", 2, 1h)};
  serve({200, 200});
  EXPECT_EQ(send().verdict, http::verdict::stored);
  expect_none_until_the_new_one();
}

TEST_F(http_actor_test, a_token_that_was_refused_is_not_sent_again) {
  // Its time is not over, so the token actor has it still.
  *answers = {make_token("old", 1, 1h), make_failure(make_token("old", 1, 1s)),
              make_token("new", 2, 1h)};
  serve({401, 200});
  EXPECT_EQ(send().status, 401);
  expect_none_until_the_new_one();
}

TEST_F(http_actor_test, the_old_token_serves_while_it_cannot_be_renewed) {
  *answers = {make_token("old", 1, 0s), make_failure(make_token("old", 1, 1h))};
  serve({200, 200, 200});
  for (auto i = 0; i < 3; ++i)
    EXPECT_EQ(send().verdict, http::verdict::stored);
  EXPECT_EQ(shown(), strings(3, "Authorization: Bearer old"));
}

} // namespace bqs
