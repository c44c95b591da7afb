// An http actor with a token actor that says what the test wants, and a server
// that keeps what it is sent.

#include "actors/http_actor.hpp"

#include <atomic>
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
  result.refused = std::make_shared<std::atomic<bool>>(false);
  return result;
}

access make_failure(access x) {
  x.error = "the purse is empty";
  return x;
}

/// The same token, as it is given out later.
access again(access x, std::chrono::seconds renew_in) {
  x.renew_at = std::chrono::steady_clock::now() + renew_in;
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
    serve_each({statuses});
  }

  /// The same, connection by connection, which it ends.
  void serve_each(const std::vector<std::vector<int>>& connections) {
    std::vector<http::test::script> scripts;
    for (auto& statuses : connections)
      scripts.push_back([this, statuses](http::test::peer& client) {
        for (auto status : statuses) {
          auto head = client.read_head();
          if (head.empty())
            return;
          client.read_body(head);
          heads.push_back(head);
          client.send(http::test::answer_text(status, "{}"));
        }
      });
    server.emplace(std::move(scripts));
    tokens = sys.spawn(giving, answers);
    uut = start();
  }

  http_actor start() {
    http_options options;
    options.where = {false, "127.0.0.1", server->port()};
    options.timeout = 10s;
    actors.push_back(spawn_http_actor(sys, options, tokens).handle);
    return actors.back();
  }

  http::outcome send() {
    return send(uut);
  }

  /// Sends a batch of one row.
  http::outcome send(const http_actor& by) {
    block_builder builder;
    builder.add(std::string_view{R"({"n":1})"});
    auto held = std::make_shared<held_block>();
    held->rows = builder.finish({}, 0, {"test", "ds", "t", ""});
    auto rows = std::make_shared<batch>();
    rows->slices.push_back({held, {0, 1}, {}, 1, false});
    rows->rows = 1;
    http::outcome result;
    self
      ->request(by, 30s,
                internal::job{1, make_target(held->rows.table, {}), rows})
      .receive([&result](
                 const internal::job_result& x) { result = x.result->outcome; },
               [](const caf::error&) { FAIL() << "no answer"; });
    return result;
  }

  /// What was shown to the server, request by request.
  strings shown(std::size_t connections = 1) {
    server->await_finished(connections);
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
    for (auto& x : actors)
      self->send_exit(x, caf::exit_reason::user_shutdown);
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
  token_actor tokens;
  std::vector<http_actor> actors;
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
  auto old = make_token("old", 1, 1h);
  *answers = {old, make_failure(again(old, 1s)), make_token("new", 2, 1h)};
  serve({401, 200});
  EXPECT_EQ(send().status, 401);
  expect_none_until_the_new_one();
}

TEST_F(http_actor_test, what_one_hears_of_a_token_another_need_not_find_out) {
  auto old = make_token("old", 1, 1h);
  *answers = {old, old, make_token("new", 2, 1h)};
  serve_each({{200}, {401}, {200}});
  auto other = start();
  EXPECT_EQ(send(other).status, 200);
  EXPECT_EQ(send().status, 401);
  EXPECT_EQ(send(other).status, 200);
  EXPECT_EQ(shown(3),
            (strings{"Authorization: Bearer old", "Authorization: Bearer old",
                     "Authorization: Bearer new"}));
}

TEST_F(http_actor_test, the_old_token_serves_while_it_cannot_be_renewed) {
  auto old = make_token("old", 1, 0s);
  *answers = {old, make_failure(again(old, 1h))};
  serve({200, 200, 200});
  for (auto i = 0; i < 3; ++i)
    EXPECT_EQ(send().verdict, http::verdict::stored);
  EXPECT_EQ(shown(), strings(3, "Authorization: Bearer old"));
}

} // namespace bqs
