// A node that checks its peers: who gets in, who does not, and what both sides
// say about it.

#include <sys/stat.h>

#include <chrono>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <fstream>

#include "app/certificates.hpp"
#include "tests/end_to_end/raw_peer.hpp"
#include "tests/end_to_end/stage.hpp"
#include "tests/http/test_authority.hpp"

using namespace bqs;
using namespace bqs::test;

namespace {

struct tls : stage {
  tls() {
    make_certs("ours");
  }

  void make_certs(const std::string& name) {
    EXPECT_EQ(run({"make-certs", files.path(name), "127.0.0.1", "localhost"}),
              0)
      << errors;
  }

  /// A file that `make-certs` made.
  std::string file(const std::string& of, const std::string& name) const {
    return files.path(of + "/" + name);
  }

  /// What all commands will show, and trust.
  void show(const std::string& of, const std::string& ca = {}) {
    show_client_of(files.path(of), ca);
  }

  std::vector<std::string> node_files(const std::string& ca = {}) const {
    return {"--node.tls-certificate=" + file("ours", "node.crt"),
            "--node.tls-key=" + file("ours", "node.key"),
            "--node.tls-ca-file=" + (ca.empty() ? file("ours", "ca.crt") : ca)};
  }

  void start(std::vector<std::string> more = {}, const std::string& ca = {}) {
    start_sandbox();
    auto arguments = node_files(ca);
    arguments.insert(arguments.end(), more.begin(), more.end());
    start_node(arguments);
  }

  /// Sends as a command does; it must be refused with these words.
  void expect_refused(const std::string& words) {
    EXPECT_EQ(run({"send", "--to=" + to_node(), "--table=ds.t"}, "{\"n\":1}\n"),
              69);
    EXPECT_NE(errors.find(words), std::string::npos) << errors;
  }

  /// The node says that it has refused a peer, on a line with these words.
  void expect_told(const std::string& words) {
    // Who has left already has no address any more.
    auto line = node->wait_for_error("was refused: ");
    ASSERT_TRUE(line);
    EXPECT_NE(line->find(words), std::string::npos) << *line;
  }

  /// A peer that shows this hears nothing, and the node says why.
  void expect_turned_away(const std::string& certificate,
                          const std::string& key, const std::string& words) {
    raw_peer peer{node_port};
    peer.secure(certificate, key);
    EXPECT_EQ(peer.receive(), ""); // not one byte of the node's protocol
    expect_told(words);
  }

  /// Nobody of before got a row in, and whoever may still can.
  void expect_untouched() {
    show("ours");
    expect_served();
  }

  /// The same of those who show what is set, or nothing.
  void expect_served() {
    auto x = status();
    EXPECT_EQ(x["total"]["accepted"], 0);
    EXPECT_GT(x["turned_away"]["peers"], 0);
    EXPECT_EQ(
      run({"send", "--to=" + to_node(), "--table=ds.t"}, rows_text("good", 10)),
      0)
      << errors;
    EXPECT_EQ(stop_node(), 0);
    EXPECT_EQ(stored()["ds.t"].rows, 10u);
  }
};

} // namespace

/// Whether a peer that is connected has said what the other side, at this port,
/// has not read yet.
bool has_unread(std::uint16_t port) {
  std::ifstream connections{"/proc/net/tcp"};
  std::string line;
  std::getline(connections, line); // names of columns
  while (std::getline(connections, line)) {
    unsigned local = 0;
    unsigned state = 0;
    unsigned unread = 0;
    constexpr unsigned established = 1;
    if (std::sscanf(line.c_str(), "%*d: %*x:%x %*x:%*x %x %*x:%x", &local,
                    &state, &unread)
          == 3
        && local == port && state == established && unread > 0)
      return true;
  }
  return false;
}

TEST_F(tls, who_hangs_up_rudely_disturbs_nobody_else) {
  start();
  show("ours");
  // It asks for a handshake and then leaves without a word, while the sender is
  // connected. A connection that this breaks is told of.
  process sender{{"send", "--to=" + to_node(), "--table=ds.t", "--follow",
                  "--checkpoint=" + files.path("state"),
                  files.write("log", rows_text("a", 10))}};
  auto end = std::chrono::steady_clock::now() + std::chrono::seconds{60};
  auto may_wait = [&sender, end] {
    return sender.runs() && std::chrono::steady_clock::now() < end;
  };
  auto stored_rows
    = [this] { return status()["total"]["stored"].get<std::uint64_t>(); };
  while (stored_rows() < 10)
    ASSERT_TRUE(may_wait()) << sender.errors();
  auto be_rude = [this](int times) {
    for (auto i = 0; i < times; ++i) {
      raw_peer rude{node_port};
      rude.send(std::string("\x16\x03\x01\x00\x05", 5) + "hello");
    }
  };
  be_rude(5);
  // These have spoken before the node takes their connections, and the sender
  // speaks right behind them.
  node->signal(SIGSTOP);
  be_rude(5);
  std::ofstream{files.path("log"), std::ios::app} << rows_text("b", 10);
  while (!has_unread(node_port))
    ASSERT_TRUE(may_wait()) << sender.errors();
  node->signal(SIGCONT);
  while (stored_rows() < 20)
    ASSERT_TRUE(may_wait()) << sender.errors();
  sender.signal(SIGTERM);
  EXPECT_EQ(sender.wait(), 0) << sender.errors();
  EXPECT_EQ(sender.errors().find("was lost"), std::string::npos)
    << sender.errors();
}

TEST_F(tls, options_do_as_well_as_the_environment) {
  start();
  std::vector<std::string> arguments{"status", "--of=" + to_node(), "--json",
                                     "--tls-certificate="
                                       + file("ours", "client.crt"),
                                     "--tls-key=" + file("ours", "client.key")};
  EXPECT_EQ(run(arguments), 64);
  EXPECT_NE(errors.find("--tls-ca-file: is missing"), std::string::npos)
    << errors;
  arguments.push_back("--tls-ca-file=" + file("ours", "ca.crt"));
  EXPECT_EQ(run(arguments), 0) << errors;
  auto letter = files.write("letters.jsonl",
                            R"({"time":"2026-01-31T12:00:00Z","table":"ds.t",)"
                            R"("reason":"invalid","row":{"n":1}})"
                            "\n");
  EXPECT_EQ(run({"replay", letter, "--to=" + to_node(), arguments[3],
                 arguments[4], arguments[5]}),
            0)
    << errors;
  EXPECT_EQ(stored()["ds.t"].rows, 1u);
}

TEST_F(tls, a_stranger_is_refused) {
  make_certs("theirs");
  // It trusts us, but we do not know its authority.
  auto both = files.write("both.crt", text_of(file("ours", "ca.crt"))
                                        + text_of(file("theirs", "ca.crt")));
  start();
  show("theirs", both);
  expect_refused("it does not know the authority of our certificate");
  expect_told("not of the authority that this node trusts");
  expect_untouched();
}

TEST_F(tls, a_client_that_does_not_know_the_node_stays_away) {
  make_certs("theirs");
  start();
  show("theirs");
  expect_refused("its certificate is not of the authority that we trust");
  expect_told("it does not take the certificate of this node");
  expect_untouched();
}

TEST_F(tls, plain_connections_are_refused) {
  start();
  expect_refused("wants TLS");
  expect_told("it does not speak TLS");
  expect_untouched();
}

TEST_F(tls, a_client_with_certificates_is_told_of_a_node_without) {
  start_sandbox();
  start_node();
  show("ours");
  expect_refused("no connection to " + to_node() + ": it ");
  // A client that is cut off before it has read the node's greeting says that
  // perhaps this is so.
  EXPECT_NE(errors.find("it does not speak TLS"), std::string::npos) << errors;
  EXPECT_EQ(errors.find("TLS 1.2"), std::string::npos) << errors;
  expect_told("it does not speak the protocol");
  variables.unset({"BQSTREAMER_TLS_CERTIFICATE", "BQSTREAMER_TLS_KEY",
                   "BQSTREAMER_TLS_CA_FILE"});
  expect_served();
}

TEST_F(tls, no_certificate_is_refused) {
  start();
  expect_turned_away({}, {}, "it shows no certificate");
  expect_untouched();
}

TEST_F(tls, an_expired_certificate_is_refused) {
  constexpr std::time_t day = 86'400;
  // The authority still holds, what it signed does not.
  auto old = app::make_certificates(
    {"localhost"}, std::time(nullptr) - (app::peer_days + 1) * day);
  auto both = files.write("both.crt", text_of(file("ours", "ca.crt"))
                                        + old.authority.certificate);
  start({}, both);
  raw_peer good{node_port};
  good.secure(file("ours", "client.crt"), file("ours", "client.key"));
  EXPECT_NE(good.receive(), "");
  expect_turned_away(files.write("old.crt", old.client.certificate),
                     files.write("old.key", old.client.key),
                     "its certificate has expired");
  // Our own commands see it before they go anywhere.
  variables.set("BQSTREAMER_TLS_CERTIFICATE", files.path("old.crt"));
  variables.set("BQSTREAMER_TLS_KEY", files.path("old.key"));
  variables.set("BQSTREAMER_TLS_CA_FILE", both);
  EXPECT_EQ(run({"status", "--of=" + to_node()}), 64);
  EXPECT_NE(errors.find("has expired, on "), std::string::npos) << errors;
  expect_untouched();
}

TEST_F(tls, a_certificate_that_is_not_valid_yet_is_refused) {
  http::test::test_authority early;
  constexpr auto hour = 3600;
  early.issue(files.path("early"), {}, hour, 2 * hour);
  start({}, files.write("both.crt", text_of(file("ours", "ca.crt"))
                                      + text_of(early.file())));
  expect_turned_away(files.path("early.crt"), files.path("early.key"),
                     "its certificate is not valid yet");
  expect_untouched();
}

TEST_F(tls, what_does_not_fit_starts_no_node) {
  make_certs("theirs");
  auto refused = [this](const std::string& certificate, const std::string& key,
                        const std::string& ca, const std::string& words) {
    std::vector<std::string> arguments{"node",
                                       "--node.port=0",
                                       "--bigquery.endpoint=http://127.0.0.1:1",
                                       "--bigquery.credentials=none",
                                       "--node.tls-certificate=" + certificate,
                                       "--node.tls-key=" + key};
    if (!ca.empty())
      arguments.push_back("--node.tls-ca-file=" + ca);
    EXPECT_EQ(run(arguments), 64);
    EXPECT_EQ(output, "");
    EXPECT_NE(errors.find(words), std::string::npos) << errors;
    EXPECT_EQ(std::count(errors.begin(), errors.end(), '\n'), 1) << errors;
  };
  auto certificate = file("ours", "node.crt");
  auto key = file("ours", "node.key");
  auto ca = file("ours", "ca.crt");
  refused("/nowhere/x.crt", key, ca, "node.tls-certificate: /nowhere/x.crt");
  refused(certificate, file("theirs", "node.key"), ca, "node.tls-key: ");
  refused(certificate, key, file("theirs", "ca.crt"), "node.tls-certificate: ");
  refused(certificate, key, key, "node.tls-ca-file: ");
  refused(certificate, key, "", "node.tls-ca-file: is missing");
  refused(file("ours", "client.crt"), file("ours", "client.key"), ca,
          "is a client's certificate, not good for a node");
}

TEST_F(tls, without_certificates_only_loopback_is_listened_on) {
  for (auto address : {"0.0.0.0", "::", "192.0.2.1"}) {
    EXPECT_EQ(
      run({"node", "--node.port=0", std::string{"--node.address="} + address,
           "--bigquery.endpoint=http://127.0.0.1:1",
           "--bigquery.credentials=none"}),
      64);
    EXPECT_NE(errors.find("bqstreamer make-certs"), std::string::npos)
      << errors;
  }
}

TEST_F(tls, make_certs_keeps_keys_and_what_is_there) {
  for (auto name : {"ca.key", "node.key", "client.key"}) {
    struct stat facts {};
    ASSERT_EQ(::stat(file("ours", name).c_str(), &facts), 0) << name;
    EXPECT_EQ(facts.st_mode & 0777, 0600u) << name;
    EXPECT_EQ(output.find(text_of(file("ours", name))), std::string::npos);
  }
  auto before = text_of(file("ours", "node.key"));
  EXPECT_EQ(run({"make-certs", files.path("ours"), "localhost"}), 69);
  EXPECT_NE(errors.find("is there already"), std::string::npos) << errors;
  EXPECT_EQ(text_of(file("ours", "node.key")), before);
  EXPECT_EQ(run({"make-certs", files.path("more"), "a,DNS:b"}), 64);
  EXPECT_FALSE(std::filesystem::exists(files.path("more")));
}

TEST_F(tls, make_certs_says_how_to_reach_an_address_of_ipv6) {
  EXPECT_EQ(run({"make-certs", files.path("v6"), "::1"}), 0) << errors;
  EXPECT_NE(output.find("--node.address=::1 "), std::string::npos) << output;
  EXPECT_NE(output.find("status --of=[::1]:4747\n"), std::string::npos)
    << output;
}

TEST_F(tls, files_that_change_do_not_end_the_node) {
  start();
  for (auto name : {"node.crt", "node.key"})
    files.write(std::string{"ours/"} + name, "half a renewal");
  raw_peer stranger{node_port}; // CAF reads its files again for each
  stranger.secure({}, {});
  EXPECT_EQ(stranger.receive(), "");
  expect_untouched();
}

TEST_F(tls, operators_need_the_admin_pass) {
  auto pass = files.write("pass", "Marked-Admin-Pass\n");
  auto wrong = files.write("wrong", "Marked-Wrong-Pass\n");
  start({"--node.admin-pass-file=" + pass});
  show("ours");
  // Senders do not.
  EXPECT_EQ(
    run({"send", "--to=" + to_node(), "--table=ds.t"}, rows_text("row", 10)), 0)
    << errors;
  for (std::vector<std::string> command :
       {std::vector<std::string>{"status", "--of=" + to_node()},
        {"status", "--of=" + to_node(), "--admin-pass-file=" + wrong},
        {"errors", "--from=" + to_node()},
        {"flush", "--of=" + to_node()},
        {"pause", "--of=" + to_node(), "--admin-pass-file=" + wrong},
        {"resume", "--of=" + to_node()}}) {
    EXPECT_EQ(run(command), 69) << command[0];
    EXPECT_NE(errors.find("admin pass"), std::string::npos) << errors;
    EXPECT_EQ(errors.find("Marked"), std::string::npos) << errors;
    EXPECT_EQ(output, "");
  }
  auto line = node->wait_for_error("denied");
  ASSERT_TRUE(line);
  variables.set("BQSTREAMER_ADMIN_PASS_FILE", pass);
  auto x = status();
  variables.unset({"BQSTREAMER_ADMIN_PASS_FILE"});
  EXPECT_EQ(x["turned_away"]["operators"], 6);
  EXPECT_EQ(x["total"]["stored"], 10);
  EXPECT_EQ(run({"pause", "--of=" + to_node(), "--admin-pass-file=" + pass}), 0)
    << errors;
  EXPECT_EQ(run({"errors", "--from=" + to_node(), "--admin-pass-file=" + pass}),
            0)
    << errors;
  EXPECT_EQ(stop_node(), 0);
  EXPECT_EQ(node->errors().find("Marked"), std::string::npos);
  EXPECT_EQ(node->output().find("Marked"), std::string::npos);
}
