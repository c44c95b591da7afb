#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "actors/dead_letter_writer.hpp"
#include "actors/gate.hpp"
#include "actors/supervisor.hpp"
#include "tests/fixture.hpp"

namespace bqs::test {

// -- answers ------------------------------------------------------------------

inline http::outcome all_stored() {
  http::outcome x;
  x.verdict = http::verdict::stored;
  x.status = 200;
  return x;
}

/// The service is not there; the rows may be stored all the same.
inline http::outcome sick(int status) {
  http::outcome x;
  x.verdict = http::verdict::retry;
  x.cause = http::cause::unavailable;
  x.uncertain = true;
  x.status = status;
  x.reason = "http_" + std::to_string(status);
  x.message = "sick";
  return x;
}

inline http::outcome refused(std::string reason) {
  http::outcome x;
  x.verdict = http::verdict::fail;
  x.cause = http::cause::rejected;
  x.status = 400;
  x.reason = std::move(reason);
  x.message = "no";
  return x;
}

/// The rows at these positions are refused for good, the rest is stored.
inline http::outcome stored_but(std::vector<std::uint32_t> bad) {
  auto x = all_stored();
  x.verdict = http::verdict::partial;
  for (auto i : bad)
    x.rows.push_back(
      {i, http::row_verdict::fail, "invalid", "no such field", "name"});
  return x;
}

// -- the service --------------------------------------------------------------

/// Where the stand-ins for http actors leave what they are asked to send.
struct service {
  struct post {
    caf::actor worker;
    internal::job what;
  };

  /// Answers at once; nothing: as if empty, the post stays open.
  std::function<std::optional<http::outcome>(const internal::job&)> rule;
  std::deque<post> open;
  std::size_t posts = 0;
  std::size_t made = 0;
  std::size_t cancelled = 0;
  /// How often each row was stored, by path and text.
  std::map<std::string, int> rows;

  internal::job_result result(const internal::job& x, http::outcome y) {
    auto result = std::make_shared<batch_result>();
    result->number = x.rows->number;
    result->unsent_from = x.rows->rows;
    auto texts = texts_of(*x.rows);
    for (std::uint32_t i = 0; i < texts.size(); ++i) {
      auto named = std::any_of(y.rows.begin(), y.rows.end(),
                               [i](auto& z) { return z.index == i; });
      if (y.verdict == http::verdict::stored
          || (y.verdict == http::verdict::partial && !named))
        ++rows[x.to->path + texts[i]];
    }
    result->outcome = std::move(y);
    return {x.lane, std::move(result)};
  }
};

inline caf::behavior worker(caf::event_based_actor* self,
                            std::shared_ptr<service> at) {
  using promise_type = caf::typed_response_promise<internal::job_result>;
  auto promise = std::make_shared<promise_type>();
  self->set_default_handler(caf::drop);
  return {
    [=](const internal::job& x) -> caf::result<internal::job_result> {
      ++at->posts;
      if (at->rule)
        if (auto y = at->rule(x))
          return at->result(x, std::move(*y));
      at->open.push_back({self, x});
      *promise = self->make_response_promise<internal::job_result>();
      return *promise;
    },
    [=](const internal::job_result& x) { promise->deliver(x); },
  };
}

// -- the node -----------------------------------------------------------------

/// A node whose only stand-ins are the http actors and the token actor.
struct house : deterministic {
  house() {
    options.bigquery.project = "home";
    options.defaults.batch.rows = 10;
    options.defaults.retry.base = 1s;
    options.defaults.retry.cap = 1s;
    options.max_in_flight = 4;
    options.start_in_flight = 0;
    me = start(client, mine);
  }

  ~house() override {
    google->open.clear();
    self->send_exit(door, caf::exit_reason::kill);
    self->send_exit(chief, caf::exit_reason::user_shutdown);
    consume_messages();
  }

  /// Starts the node with `options`.
  void open() {
    supervisor_init init;
    init.options = options;
    init.room = room = std::make_shared<budget>(options.max_buffered_bytes);
    init.count = count;
    init.make_tokens = [this](caf::actor_system& x) {
      auto behavior = []() -> token_actor::behavior_type {
        return {
          [](caf::get_atom, std::uint64_t) {
            return internal::access{"token", 1, {}, {}, {}};
          },
          [](caf::tick_atom, std::uint64_t) {},
          [](caf::update_atom) {},
        };
      };
      tokens.push_back(x.spawn(behavior));
      return tokens.back();
    };
    init.make_worker = [this](caf::actor_system& x, const token_actor& y) {
      ++google->made;
      tokens_given.push_back(y);
      auto handle = x.spawn(worker, google);
      return http_worker{caf::actor_cast<http_actor>(handle),
                         [at = google] { ++at->cancelled; }};
    };
    init.make_streamer = [this](caf::actor_system& x, streamer_init y) {
      auto lane = y.lane;
      auto result
        = make_streamer ? make_streamer(y) : x.spawn(streamer, std::move(y));
      streamers[lane].push_back(result);
      return result;
    };
    if (make_dead_letters) {
      init.dead_letters = gauge;
      init.make_dead_letters = make_dead_letters;
    } else if (letters) {
      init.dead_letters = gauge;
      init.make_dead_letters = [this](caf::actor_system& x) {
        writers.push_back(x.spawn(
          dead_letter_writer,
          dead_letter_writer_init{letters, gauge, options.bigquery.project}));
        return writers.back();
      };
    }
    init.on_drained = [this](const drain_report& x) { reports.push_back(x); };
    chief = sys.spawn(supervisor, std::move(init));
    gate_init y;
    y.room = room;
    y.count = count;
    y.max_block_bytes = options.max_block_bytes;
    y.receipts_window = options.receipts_window;
    y.project = options.bigquery.project;
    y.supervisor = chief;
    door = sys.spawn<bqs::gate>(std::move(y));
    step();
  }

  error_collector_actor collector() {
    return deref<supervisor_actor::stateful_base<supervisor_state>>(chief)
      .state.collector;
  }

  /// Runs what waits; then the books balance.
  void step() {
    consume_messages();
    books();
  }

  /// Lets time pass; the books balance all the while.
  void wait(std::chrono::milliseconds time) {
    for (; time > 0ms; time -= std::min(time, 100ms)) {
      advance_time(std::min(time, 100ms));
      step();
    }
  }

  /// Sends as the client, whose `mine` gets the answers.
  template <class T>
  void send(T x) {
    caf::send_as(me, door, std::move(x));
    step();
  }

  /// Answers the oldest open post.
  void answer(http::outcome x) {
    CAF_REQUIRE(!google->open.empty());
    auto post = std::move(google->open.front());
    google->open.pop_front();
    auto result = google->result(post.what, std::move(x));
    self->send(post.worker, std::move(result));
    post = {};
    step();
  }

  /// The status of the node, whose books balance: in all, and per table.
  nlohmann::json books() {
    auto x = nlohmann::json::parse(call<status>(door, get_status{}).json);
    std::uint64_t accepted = 0;
    auto check = [](const nlohmann::json& y) {
      auto of = [&](const char* key) { return y[key].get<std::uint64_t>(); };
      CAF_CHECK_EQUAL(of("accepted"), of("stored") + of("failed") + of("held"));
      return of("accepted");
    };
    for (auto& y : x["tables"])
      accepted += check(y);
    CAF_CHECK_EQUAL(check(x["total"]), accepted);
    return x;
  }

  std::uint64_t total(const char* key) {
    return books()["total"][key].get<std::uint64_t>();
  }

  /// The line of a table in the status.
  nlohmann::json line(const std::string& table) {
    auto all = books();
    for (auto& y : all["tables"])
      if (y["table"] == table)
        return y;
    CAF_FAIL("no such table: " << table);
    return {};
  }

  /// Whether `rows` rows are in the tables, each of them once.
  bool stored_once(std::size_t rows) const {
    for (auto& [row, times] : google->rows)
      if (times != 1)
        return false;
    return google->rows.size() == rows;
  }

  node_options options;
  std::shared_ptr<budget> room;
  std::shared_ptr<counters> count = std::make_shared<counters>();
  std::shared_ptr<service> google = std::make_shared<service>();
  /// Stands in for the streamer if set.
  std::function<streamer_actor(const streamer_init&)> make_streamer;
  /// Stands in for the writer of dead letters if set.
  std::function<dead_letter_writer_actor(caf::actor_system&)> make_dead_letters;
  /// All streamers of each lane, oldest first.
  std::map<std::uint32_t, std::vector<streamer_actor>> streamers;
  /// Where dead letters go; null: nowhere.
  std::shared_ptr<dead_letter_file> letters;
  std::shared_ptr<dead_letter_gauge> gauge
    = std::make_shared<dead_letter_gauge>();
  /// All writers of them, oldest first.
  std::vector<dead_letter_writer_actor> writers;
  std::vector<token_actor> tokens;
  std::vector<token_actor> tokens_given;
  std::vector<drain_report> reports;
  supervisor_actor chief;
  gate_actor door;
  std::shared_ptr<inbox> mine = std::make_shared<inbox>();
  caf::actor me;
};

} // namespace bqs::test
