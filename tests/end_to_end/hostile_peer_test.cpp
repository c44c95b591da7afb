// Peers that mean no good: the node serves on and says nothing.

#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <list>
#include <map>
#include <sstream>
#include <thread>
#include <utility>

#include <httplib.h>

#include "tests/end_to_end/raw_peer.hpp"
#include "tests/end_to_end/stage.hpp"

using namespace bqs::test;

namespace {

struct hostile_peer : stage {
  void expect_serving() {
    auto send = [this] {
      return run({"send", "--to=" + to_node(), "--table=ds.t"},
                 rows_text("r", 100));
    };
    // It gives up after 5 s, which a busy machine may take; the node is there.
    auto code = send();
    for (auto tries = 1; code == 69 && tries < 12; ++tries)
      code = send();
    EXPECT_EQ(code, 0) << errors;
    expect_balanced(status());
    expect_silence();
  }

  /// The node has said nothing but of peers that it refuses, or passes over.
  void expect_silence() {
    std::istringstream lines{node->errors()};
    for (std::string line; std::getline(lines, line);)
      EXPECT_NE(line.find(": a peer "), std::string::npos) << line;
    auto& out = node->output();
    EXPECT_EQ(std::count(out.begin(), out.end(), '\n'), 1) << out;
  }

  /// Greets, and asks for more than the kernel takes for who does not read.
  static void ask_much(raw_peer& by) {
    auto gate = actor_in(by.receive());
    EXPECT_TRUE(by.send(greeting()));
    for (auto i = 0; i < 120'000; ++i)
      EXPECT_TRUE(by.send(question(gate)));
  }

  /// Has this process open so many connections, as far as it may.
  static void allow_files(rlim_t wanted) {
    rlimit x{};
    ::getrlimit(RLIMIT_NOFILE, &x);
    x.rlim_cur = std::min(wanted, x.rlim_max);
    ::setrlimit(RLIMIT_NOFILE, &x);
  }

  /// Certificates for a node, and for all commands.
  std::vector<std::string> make_certs() {
    EXPECT_EQ(run({"make-certs", files.path("pki"), "127.0.0.1"}), 0) << errors;
    auto file
      = [this](const std::string& name) { return files.path("pki/" + name); };
    show_client_of(files.path("pki"));
    return {"--node.tls-certificate=" + file("node.crt"),
            "--node.tls-key=" + file("node.key"),
            "--node.tls-ca-file=" + file("ca.crt")};
  }

  /// Starts a node that may open only so many files.
  void start_cramped_node(const std::string& most,
                          std::vector<std::string> more) {
    std::vector<std::string> arguments{
      "-c",
      "ulimit -n " + most + " && exec \"$0\" \"$@\"",
      BQS_PROGRAM,
      "node",
      "--node.port=0",
      "--bigquery.endpoint=http://127.0.0.1:" + std::to_string(box_port),
      "--bigquery.project=test",
      "--bigquery.credentials=none",
      "--batch.age=50ms",
      "--dispatch.max-in-flight=2"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    node.emplace(process::run("/bin/sh", std::move(arguments)));
    auto line = node->wait_for_line("listens on");
    ASSERT_TRUE(line) << node->errors();
    node_port = port_in(*line);
  }

  /// More peers connect than there are files to open, and say nothing.
  void crowd_out() {
    expect_serving();
    constexpr auto more = 250;
    std::list<raw_peer> idle;
    for (auto i = 0; i < more; ++i)
      idle.emplace_back(node_port);
    // The last one that was let in can be heard of; those behind it wait.
    EXPECT_TRUE(node->runs()) << node->errors();
    idle.clear();
    expect_serving();
    EXPECT_EQ(stop_node(), 0);
  }
};

/// What a sender of rows has written down of each row.
struct fate {
  int pushed = 0;
  int stored = 0;
  int failed = 0;
};

/// By table and number of the row.
std::map<std::pair<std::string, int>, fate>
read_journal(const std::string& path) {
  std::map<std::pair<std::string, int>, fate> result;
  std::ifstream in{path};
  for (std::string line; std::getline(in, line);) {
    std::istringstream words{line};
    std::string what;
    std::string table;
    auto first = 0;
    auto rows = 0;
    words >> what >> table >> first >> rows;
    for (auto i = first; i < first + rows; ++i) {
      auto& x = result[{table, i}];
      ++(what == "pushed" ? x.pushed : what == "stored" ? x.stored : x.failed);
    }
  }
  return result;
}

const std::string nonsense = "this is no message of any protocol at all, but "
                             "long enough to be taken for one";

/// Whether the node ends the connection at these bytes.
bool is_cut_off(std::uint16_t port, std::string_view bytes) {
  raw_peer peer{port};
  peer.send(bytes);
  return peer.hung_up();
}

} // namespace

TEST_F(hostile_peer, nobody_elsewhere_can_end_an_actor_of_the_node) {
  start_sandbox();
  start_node();
  expect_serving(); // streamers and http actors are there to be hit
  auto port = std::to_string(node_port);
  auto intruder = process::run(BQS_INTRUDER, {port});
  EXPECT_EQ(intruder.wait(), 0) << intruder.errors();
  EXPECT_EQ(intruder.output(), "400 actors were addressed\n");
  expect_serving();
  EXPECT_EQ(stop_node(), 0);
}

TEST_F(hostile_peer, garbage_on_the_port_is_no_harm) {
  start_sandbox();
  start_node();
  httplib::Client stranger{"127.0.0.1", node_port};
  stranger.set_read_timeout(2);
  EXPECT_FALSE(stranger.Get("/")); // not one byte of an answer
  EXPECT_TRUE(is_cut_off(node_port, nonsense));
  expect_serving();
  EXPECT_GE(status()["turned_away"]["peers"], 2);
  EXPECT_EQ(stop_node(), 0);
}

TEST_F(hostile_peer, messages_that_lie_end_their_connection) {
  start_sandbox();
  start_node();
  const std::uint32_t giant = 0xF0000000;
  for (auto& bytes : std::vector<std::string>{
         message_header(1, 0), // a greeting without a name ended CAF's process
         message_header(0, 0, 3), message_header(1, giant),
         message_header(1, 5000), message_header(0, 100, 3),
         message_header(2, 64, 0, 1, 1) + nonsense, // before any greeting
         message_header(6, 0), message_header(99, 10),
         message_header(1, 32) + nonsense,
         greeting() + message_header(2, giant, 0, 1, 1),
         greeting() + message_header(2, 0, 0, 1, 1),
         greeting() + message_header(4, 0, 0, 0, 1),
         greeting() + message_header(5, 0, 0, 1, 0),
         greeting() + message_header(0, 0, 3), greeting() + nonsense})
    EXPECT_TRUE(is_cut_off(node_port, bytes)) << bytes;
  EXPECT_TRUE(node->runs());
  EXPECT_LT(node->peak_memory(), 512u << 20);
  expect_serving();
  EXPECT_EQ(stop_node(), 0);
}

TEST_F(hostile_peer, nobody_gets_the_failures_of_another) {
  start_sandbox();
  start_node();
  process watcher{{"errors", "--from=" + to_node(), "--follow", "--last=0"}};
  while (status()["subscribers"] != 1)
    std::this_thread::yield();
  raw_peer thief{node_port};
  // It knows the watcher's name: the node's, but for the process.
  auto said = thief.receive();
  ASSERT_GE(said.size(), 64u);
  auto name
    = said.substr(32, 8)
      + node_name(static_cast<std::uint32_t>(watcher.pid())).substr(8, 4)
      + said.substr(44, 20);
  thief.send(greeting_of(name));
  thief.send(greeting_of(name, true));
  EXPECT_TRUE(thief.hung_up());
  run({"send", "--to=" + to_node(), "--table=ds.t"}, "patient 4711\n");
  EXPECT_TRUE(watcher.wait_for_line("patient 4711")) << watcher.errors();
  EXPECT_EQ(status()["turned_away"]["peers"], 1);
  EXPECT_EQ(stop_node(), 0);
}

TEST_F(hostile_peer, messages_that_do_not_come_keep_nobody_out) {
  start_sandbox();
  start_node();
  // Two blocks and 1 MiB; all together may announce 256 MiB.
  const std::uint32_t largest = 2 * (10u << 20) + (1u << 20);
  EXPECT_TRUE(is_cut_off(node_port,
                         greeting() + message_header(2, largest + 1, 0, 1, 1)));
  raw_peer between{node_port}; // which is at no message just now
  between.send(greeting());
  std::list<raw_peer> mute;
  auto announce = [&](std::uint32_t size) {
    auto& peer = mute.emplace_back(node_port);
    auto name = static_cast<std::uint32_t>(mute.size());
    EXPECT_TRUE(peer.send(greeting(name) + message_header(2, size, 0, 1, 1)));
  };
  announce(largest);
  expect_serving(); // by now the first one is heard
  for (auto i = 1; i < 16; ++i)
    announce(largest);
  // Four have made room for the last; 12 are left. Now it is full to the last
  // byte, and whoever comes takes the place of one more.
  announce((256u << 20) - 12 * largest);
  expect_serving();
  EXPECT_TRUE(mute.front().hung_up());
  EXPECT_TRUE(between.send(message_header(6, 0)));
  expect_serving();
  EXPECT_EQ(status()["turned_away"]["peers"], 6);
  EXPECT_LT(node->peak_memory(), 640u << 20);
  EXPECT_EQ(stop_node(), 0);
}

TEST_F(hostile_peer, messages_may_end_anywhere) {
  start_sandbox();
  start_node();
  auto whole = greeting() + message_header(2, 64, 0, 1, 1);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    raw_peer peer{node_port};
    EXPECT_TRUE(peer.send(whole.substr(0, size)) || size == 0);
  }
  // Whole as messages, of types that nobody knows or that are not whole.
  raw_peer stranger{node_port};
  auto gate = actor_in(stranger.receive());
  stranger.send(greeting(17));
  for (auto type : {"who::knows", "bqs::nothing", "bqs::block"})
    EXPECT_TRUE(stranger.send(message_of(type, "\x7F", gate, 1)));
  EXPECT_TRUE(stranger.send(question(gate)));
  for (std::string said; said.find("bqs::status") == std::string::npos;) {
    auto more = stranger.receive();
    ASSERT_NE(more, "");
    said += more;
  }
  // Of nonsense inside.
  raw_peer peer{node_port};
  peer.send(greeting() + message_header(2, 64, 0, 1, 1)
            + nonsense.substr(0, 64));
  peer.send(message_header(2, 64, 1, 7, 3) + nonsense.substr(0, 64));
  expect_serving();
  EXPECT_EQ(stop_node(), 0);
}

TEST_F(hostile_peer, a_thousand_idle_connections_are_no_harm) {
  allow_files(4000);
  start_sandbox();
  start_node();
  std::list<raw_peer> idle;
  for (auto i = 0; i < 1000; ++i)
    idle.emplace_back(node_port);
  expect_serving();
  // It speaks first, so it has taken them in.
  EXPECT_NE(idle.back().receive(), "");
  idle.clear();
  expect_serving();
  EXPECT_EQ(stop_node(), 0);
}

TEST_F(hostile_peer, a_thousand_idle_connections_are_no_harm_with_tls) {
  allow_files(4000);
  start_sandbox();
  start_node(make_certs());
  std::list<raw_peer> idle;
  for (auto i = 0; i < 1000; ++i)
    idle.emplace_back(node_port);
  // CAF reads its files for each of them: that takes some seconds.
  raw_peer last{node_port};
  last.secure(files.path("pki/client.crt"), files.path("pki/client.key"));
  EXPECT_NE(last.receive(), "");
  expect_serving();
  idle.clear();
  expect_serving();
  EXPECT_EQ(stop_node(), 0);
}

TEST_F(hostile_peer, a_slow_writer_keeps_nobody_waiting) {
  start_sandbox();
  start_node();
  std::list<raw_peer> slow;
  for (auto i = 0; i < 10; ++i)
    slow.emplace_back(node_port);
  for (std::size_t i = 0; i < greeting().size(); ++i) {
    std::uint32_t name = 0;
    for (auto& x : slow)
      EXPECT_TRUE(x.send(greeting(++name).substr(i, 1)));
    if (i % 16 == 0)
      expect_serving();
  }
  // Slow is not hostile: they have been let in by now.
  EXPECT_TRUE(slow.front().send(message_header(6, 0)));
  expect_serving();
  EXPECT_EQ(stop_node(), 0);
}

TEST_F(hostile_peer, a_producer_in_mid_stream_is_not_disturbed) {
  start_sandbox();
  start_node();
  auto journal = files.path("journal");
  auto sender = process::run(
    BQS_ROW_SENDER, {std::to_string(node_port), "a", "4000", "2", journal});
  auto has_begun = [&journal] {
    auto rows = read_journal(journal);
    return std::ranges::any_of(rows,
                               [](auto& x) { return x.second.stored > 0; });
  };
  while (!has_begun())
    ASSERT_TRUE(sender.runs()) << sender.errors();
  // Each has a name of its own, or it would be shown out for that.
  std::uint32_t names = 1000;
  std::list<raw_peer> half_open;
  std::list<std::pair<raw_peer, std::string>> slow;
  for (auto i = 0; i < 20; ++i)
    slow.emplace_back(node_port, greeting(++names));
  std::size_t rounds = 0;
  for (; sender.runs(); ++rounds) {
    EXPECT_TRUE(is_cut_off(node_port, nonsense));
    EXPECT_TRUE(is_cut_off(node_port, greeting(++names) + nonsense));
    // They begin something, and neither go on nor leave.
    if (half_open.size() < 200) {
      half_open.emplace_back(node_port).send(
        greeting(++names).substr(0, rounds % 40));
      half_open.emplace_back(node_port).send(
        greeting(++names) + message_header(2, 1u << 20, 0, 1, 1) + "some");
    }
    for (auto& [peer, text] : slow) {
      EXPECT_TRUE(peer.send(text.substr(0, 1)) || text.empty());
      text.erase(0, 1);
    }
  }
  EXPECT_GT(rounds, 5u);
  EXPECT_EQ(sender.wait(), 0) << sender.errors();
  std::map<std::string, std::uint64_t> stored_rows;
  auto fates = read_journal(journal);
  EXPECT_FALSE(fates.empty());
  for (auto& [row, x] : fates) {
    EXPECT_TRUE(x.pushed == 1 && x.stored + x.failed == 1)
      << row.first << ' ' << row.second << " was pushed " << x.pushed
      << " times, stored " << x.stored << ", failed " << x.failed;
    stored_rows["chaos." + row.first] += static_cast<std::uint64_t>(x.stored);
  }
  expect_balanced(status());
  expect_silence();
  EXPECT_EQ(stop_node(), 0);
  for (auto& [table, rows] : stored_rows) {
    EXPECT_EQ(stored()[table].rows, rows) << table;
    EXPECT_EQ(stored()[table].distinct_insert_ids, rows) << table;
  }
}

TEST_F(hostile_peer, idle_strangers_are_shown_out) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "it takes 30 seconds: once, without the sanitizer, will do";
#endif
  start_sandbox();
  start_node();
  raw_peer idle{node_port};
  process plain{std::move(*node)};
  node_port = 0;
  start_node(make_certs());
  std::list<raw_peer> silent;
  for (auto i = 0; i < 4; ++i)
    silent.emplace_back(node_port);
  raw_peer half{node_port};
  half.send(std::string{"\x16\x03\x01\x02\x00\x01", 6});
  raw_peer known{node_port};
  known.secure(files.path("pki/client.crt"), files.path("pki/client.key"));
  EXPECT_NE(known.receive(), ""); // so all of them have been taken in
  auto began = std::chrono::steady_clock::now();
  auto used = node->used_time();
  // After 30 seconds.
  EXPECT_TRUE(idle.hung_up());
  for (auto& x : silent)
    EXPECT_TRUE(x.hung_up());
  EXPECT_TRUE(half.hung_up());
  EXPECT_TRUE(known.hung_up());
  // CAF would try to write its greetings all the time.
  auto passed = std::chrono::steady_clock::now() - began;
  EXPECT_LE(node->used_time() - used, passed / 20 + std::chrono::seconds{1});
  expect_serving();
  EXPECT_EQ(stop_node(), 0);
  plain.signal(SIGTERM);
  EXPECT_EQ(plain.wait(), 0);
}

TEST_F(hostile_peer, lies_behind_a_good_certificate_end_their_connection) {
  start_sandbox();
  start_node(make_certs());
  for (auto& bytes : std::vector<std::string>{
         message_header(1, 0), message_header(1, 0xF0000000), nonsense}) {
    raw_peer peer{node_port};
    EXPECT_EQ(
      peer.secure(files.path("pki/client.crt"), files.path("pki/client.key")),
      "");
    EXPECT_TRUE(peer.send(bytes));
    EXPECT_TRUE(peer.hung_up());
  }
  // The same without TLS, and one that says nothing of TLS to the end.
  EXPECT_TRUE(is_cut_off(node_port, greeting()));
  raw_peer half{node_port};
  half.send(std::string{"\x16\x03\x01\x02\x00\x01", 6});
  expect_serving();
  EXPECT_EQ(stop_node(), 0);
}

TEST_F(hostile_peer, who_reads_nothing_does_not_hold_the_end) {
  start_sandbox();
  start_node();
  raw_peer deaf{node_port, 4096};
  ask_much(deaf);
  expect_serving();
  node->signal(SIGTERM);
  EXPECT_EQ(node->wait(std::chrono::seconds{30}), 0) << node->errors();
}

// CAF closes its connection, and goes on writing.
TEST_F(hostile_peer, who_is_shown_out_and_reads_nothing_does_not_hold_the_end) {
  start_sandbox();
  start_node();
  raw_peer deaf{node_port, 4096};
  ask_much(deaf);
  EXPECT_TRUE(deaf.send(message_header(2, 100, 0, 1, 0))); // to no actor
  expect_serving(); // so that it answers in time
  while (status()["turned_away"]["peers"] != 1)
    ASSERT_TRUE(node->runs());
  node->signal(SIGTERM);
  EXPECT_EQ(node->wait(std::chrono::seconds{30}), 0) << node->errors();
}

TEST_F(hostile_peer, who_goes_back_into_the_tls_handshake_is_cut_off) {
  start_sandbox();
  start_node(make_certs());
  raw_peer peer{node_port};
  peer.secure(files.path("pki/client.crt"), files.path("pki/client.key"));
  auto gate = actor_in(peer.receive());
  std::string text = greeting();
  for (auto i = 0; i < 1'000; ++i)
    text += question(gate);
  EXPECT_TRUE(peer.send(text));
  // OpenSSL waits for the rest, and writes nothing until then. If all answers
  // have been written by now, it is a heartbeat that does not go out.
  EXPECT_TRUE(peer.send_half_key_update());
  EXPECT_TRUE(peer.hung_up());
  expect_serving();
  EXPECT_EQ(status()["turned_away"]["peers"], 1);
  EXPECT_EQ(stop_node(), 0);
}

TEST_F(hostile_peer, a_node_without_files_to_open_lives_on) {
  start_sandbox();
  start_cramped_node("200", {});
  crowd_out();
}

TEST_F(hostile_peer, a_node_without_files_to_open_lives_on_with_tls) {
  start_sandbox();
  start_cramped_node("200", make_certs());
  crowd_out();
}
