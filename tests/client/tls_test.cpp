#include <atomic>
#include <chrono>
#include <csignal>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <arpa/inet.h>
#include <dlfcn.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <caf/actor_system.hpp>
#include <caf/openssl/manager.hpp>
#include <caf/openssl/remote_actor.hpp>
#include <caf/scoped_actor.hpp>
#include <gtest/gtest.h>

#include "app/certificates.hpp"
#include "bqstreamer/config.hpp"
#include "bqstreamer/connector.hpp"
#include "bqstreamer/node.hpp"
#include "http/openssl_ptr.hpp"
#include "http/unique_fd.hpp"
#include "tests/http/fake_server.hpp"
#include "tests/http/openssl_policy.hpp"
#include "tests/http/test_authority.hpp"
#include "tests/scratch.hpp"

using namespace bqs;
using namespace std::chrono_literals;

namespace {

/// Looked up for the first time it is on this machine, and nowhere near
/// afterwards.
constexpr auto fickle_name = "fickle.test";
std::atomic<int> fickle_lookups{0};

} // namespace

/// In place of the C library's, for CAF as well.
extern "C" [[gnu::visibility("default")]] int
getaddrinfo(const char* name, const char* service, const addrinfo* wanted,
            addrinfo** found) {
  auto real = reinterpret_cast<decltype(&getaddrinfo)>(
    ::dlsym(RTLD_NEXT, "getaddrinfo"));
  if (name != nullptr && std::string_view{name} == fickle_name)
    name = fickle_lookups++ == 0 ? "127.0.0.1" : "0.0.0.0";
  return real(name, service, wanted, found);
}

namespace {

struct tls : ::testing::Test {
  /// A certificate of `by` for a peer that trusts `trusted`.
  tls_files files(const http::test::test_authority& by, const std::string& name,
                  const http::test::test_authority& trusted) const {
    auto path = folder.path(name);
    by.issue(path);
    return {path + ".crt", path + ".key", "", trusted.file()};
  }

  test::scratch folder;
  http::test::test_authority ours;
  http::test::test_authority others;
};

/// An actor system with TLS.
struct peer {
  explicit peer(const tls_files& files) {
    auto wrong = use_tls(cfg, files);
    EXPECT_EQ(wrong, "");
    sys = std::make_unique<caf::actor_system>(cfg);
  }

  config cfg;
  std::unique_ptr<caf::actor_system> sys;
};

/// A node that listens for TLS connections.
struct listener : peer {
  explicit listener(const tls_files& files) : peer(files) {
    node_options options;
    options.bigquery.endpoint = "http://127.0.0.1:1";
    options.bigquery.credentials = "none";
    node = std::move(
      std::get<std::unique_ptr<bqs::node>>(node::start(*sys, options)));
    where.host = "127.0.0.1";
    where.port = std::get<std::uint16_t>(node->publish("127.0.0.1", 0, true));
  }

  peer_address where;
  std::unique_ptr<bqs::node> node;
};

/// A record of TLS, as it comes.
std::string read_record(http::test::peer& from) {
  auto head = from.read(5);
  if (head.size() < 5)
    return {};
  auto high = static_cast<unsigned char>(head[3]);
  auto low = static_cast<unsigned char>(head[4]);
  return head + from.read(high * 256u + low);
}

/// Answers the first words of a handshake, and is gone before the next ones.
http::test::script leaving(SSL_CTX* context) {
  return [context](http::test::peer& client) {
    http::ssl_ptr tls{SSL_new(context)};
    auto in = BIO_new(BIO_s_mem());
    auto out = BIO_new(BIO_s_mem());
    SSL_set_bio(tls.get(), in, out);
    auto hello = read_record(client);
    BIO_write(in, hello.data(), static_cast<int>(hello.size()));
    SSL_accept(tls.get());
    std::string flight(BIO_ctrl_pending(out), '\0');
    BIO_read(out, flight.data(), static_cast<int>(flight.size()));
    client.send(flight);
    client.hang_up();
    client.reset();
  };
}

/// Shakes hands as one who speaks nothing newer than TLS 1.1. Returns what
/// came of it.
std::string speak_tls_1_1(std::uint16_t port, const tls_files& files) {
  http::ssl_ctx_ptr context{SSL_CTX_new(TLS_client_method())};
  auto x = context.get();
  EXPECT_EQ(SSL_CTX_set_max_proto_version(x, TLS1_1_VERSION), 1);
  SSL_CTX_use_certificate_chain_file(x, files.certificate.c_str());
  SSL_CTX_use_PrivateKey_file(x, files.key.c_str(), SSL_FILETYPE_PEM);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  http::unique_fd fd{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  EXPECT_EQ(::connect(fd.get(), reinterpret_cast<sockaddr*>(&to), sizeof(to)),
            0);
  http::ssl_ptr tls{SSL_new(x)};
  SSL_set_fd(tls.get(), fd.get());
  ERR_clear_error();
  if (SSL_connect(tls.get()) == 1)
    return SSL_get_version(tls.get());
  return http::openssl_reason();
}

std::string refusal(std::variant<node_actor, std::string> x) {
  auto why = std::get_if<std::string>(&x);
  return why ? *why : "connected";
}

TEST_F(tls, peers_of_one_authority_talk) {
  listener far{files(ours, "node", ours)};
  peer near{files(ours, "client", ours)};
  auto found = connect_node(*near.sys, far.where, 5s, true);
  ASSERT_TRUE(std::holds_alternative<node_actor>(found))
    << std::get<std::string>(found);
  caf::scoped_actor self{*near.sys};
  std::string json;
  self->request(std::get<node_actor>(found), 10s, get_status{})
    .receive([&](const status& x) { json = x.json; }, [](caf::error&) {});
  EXPECT_NE(json.find("\"accepted\":0"), std::string::npos) << json;
}

TEST_F(tls, strangers_are_refused_with_a_hint) {
  listener far{files(ours, "node", ours)};
  auto begin = "no connection to " + to_string(far.where) + ": ";
  auto both = folder.write("both.crt", test::text_of(ours.file())
                                         + test::text_of(others.file()));
  // The node does not know its authority.
  auto strange = files(others, "stranger", ours);
  strange.ca_file = both;
  peer stranger{strange};
  EXPECT_EQ(refusal(connect_node(*stranger.sys, far.where, 5s, true)),
            begin + "it does not know the authority of our certificate");
  // It does not know the node's.
  peer wary{files(others, "wary", others)};
  EXPECT_EQ(refusal(connect_node(*wary.sys, far.where, 5s, true)),
            begin + "its certificate is not of the authority that we trust");
  // It does not speak TLS at all.
  config plain;
  caf::actor_system sys{plain};
  EXPECT_NE(refusal(connect_node(sys, far.where, 5s)), "connected");
  EXPECT_EQ(refusal(connect_node(sys, far.where, 5s, true)),
            "no connection to " + to_string(far.where) + ": TLS is not set up");
}

TEST_F(tls, who_runs_for_longer_than_a_certificate_holds_gets_a_hint) {
  listener far{files(ours, "node", ours)};
  peer near{files(ours, "client", ours)};
  // What was good at the start is not any more, or not yet by a wrong clock.
  auto show = [&](const config& by, long from, long until) {
    auto path = folder.path("other");
    ours.issue(path, {}, from, until);
    std::ofstream{by.openssl_certificate} << test::text_of(path + ".crt");
    std::ofstream{by.openssl_key} << test::text_of(path + ".key");
  };
  auto hint = [&] {
    auto why = refusal(connect_node(*near.sys, far.where, 5s, true));
    return why.substr(why.find(": ") + 2);
  };
  show(far.cfg, -3600, -60);
  EXPECT_EQ(hint(), "its certificate has expired (or the clock is wrong here)");
  show(far.cfg, 60, 3600);
  EXPECT_EQ(hint(),
            "its certificate is not valid yet (or the clock is wrong here)");
  show(far.cfg, -3600, 3600);
  ::testing::internal::CaptureStdout();
  show(near.cfg, -3600, -60);
  EXPECT_EQ(hint(),
            "it says that our certificate has expired (check the clocks)");
  show(near.cfg, 60, 3600);
  EXPECT_EQ(hint(), "it does not take our certificate");
  show(near.cfg, -3600, 3600);
  EXPECT_EQ(refusal(connect_node(*near.sys, far.where, 5s, true)), "connected");
  // Nobody is let in before it has told of those that were not.
  auto told = ::testing::internal::GetCapturedStdout();
  for (auto words : {"has expired", "is not valid yet"})
    EXPECT_NE(told.find(std::string{" was refused: its certificate "} + words),
              std::string::npos)
      << told;
}

TEST_F(tls, a_certificate_for_clients_is_not_taken_for_a_node_s) {
  auto made = app::make_certificates({"127.0.0.1"}, std::time(nullptr));
  auto save = [&](const app::certified_key& x, const std::string& name) {
    return tls_files{folder.write(name + ".crt", x.certificate),
                     folder.write(name + ".key", x.key), "",
                     folder.write("ca.crt", made.authority.certificate)};
  };
  peer near{save(made.client, "client")};
  listener right{save(made.node, "node")};
  listener wrong{save(made.client, "other")};
  EXPECT_EQ(refusal(connect_node(*near.sys, wrong.where, 5s, true)),
            "no connection to " + to_string(wrong.where)
              + ": it shows a client's certificate, not a node's");
  // Nor by CAF itself, which has not asked before.
  auto connects = [&near](const peer_address& to) {
    return caf::openssl::remote_actor<node_actor>(*near.sys, to.host, to.port)
      .engaged();
  };
  EXPECT_FALSE(connects(wrong.where));
  EXPECT_TRUE(connects(right.where));
}

TEST_F(tls, versions_before_1_2_are_refused_whatever_the_policy_is) {
  auto mine = files(ours, "client", ours);
  listener far{files(ours, "node", ours)};
  http::test::lax_policy lax;
  EXPECT_EQ(speak_tls_1_1(far.where.port, mine),
            "tlsv1 alert protocol version");
  // Other contexts of the process are as they were.
  auto other = others.serve("other", "");
  http::test::fake_server next_door{{[](auto& x) { x.drain(); }}, other.get()};
  EXPECT_EQ(speak_tls_1_1(next_door.port(), mine), "TLSv1.1");
}

TEST_F(tls, a_node_of_before_1_2_is_not_spoken_with) {
  peer near{files(ours, "client", ours)};
  http::test::lax_policy lax;
  auto context = ours.serve("old", "");
  SSL_CTX_set_max_proto_version(context.get(), TLS1_1_VERSION);
  auto spoken = false;
  auto script = [&spoken](http::test::peer&) { spoken = true; };
  http::test::fake_server old{{script, script}, context.get()};
  peer_address where{"127.0.0.1", old.port()};
  EXPECT_EQ(refusal(connect_node(*near.sys, where, 5s, true)),
            "no connection to " + to_string(where)
              + ": it does not speak TLS 1.2 or later");
  // Nor by CAF itself, which has not asked before.
  EXPECT_FALSE(caf::openssl::remote_actor(*near.sys, where.host, where.port));
  old.await_finished(2);
  EXPECT_FALSE(spoken);
}

TEST_F(tls, a_node_that_leaves_in_the_handshake_ends_no_program) {
  std::signal(SIGPIPE, SIG_DFL);
  peer near{files(ours, "client", ours)};
  auto context = ours.serve("node", "");
  // Whether we write before or after it is gone is up to the kernel.
  constexpr std::size_t times = 50;
  std::vector<http::test::script> scripts(times, leaving(context.get()));
  http::test::fake_server far{scripts};
  for (std::size_t i = 0; i < times; ++i)
    EXPECT_NE(
      refusal(connect_node(*near.sys, {"127.0.0.1", far.port()}, 5s, true))
        .find("no connection to "),
      std::string::npos);
}

TEST_F(tls, a_certificate_that_the_policy_is_against_is_named) {
  auto name = folder.path("weak");
  http::test::issue_weak(name);
  tls_files weak{name + ".crt", name + ".key", "", name + ".crt"};
  config cfg;
  {
    http::test::policy strict{"strict", "CipherString = DEFAULT@SECLEVEL=2\n"};
    EXPECT_EQ(use_tls(cfg, weak),
              weak.certificate
                + ": OpenSSL does not take it here (ee key too small)");
  }
  http::test::lax_policy lax;
  EXPECT_EQ(use_tls(cfg, weak), "");
}

TEST_F(tls, files_that_do_not_fit_are_named) {
  auto good = files(ours, "good", ours);
  auto other = files(ours, "other", ours);
  auto refused = [](tls_files x) {
    config cfg;
    return use_tls(cfg, x);
  };
  EXPECT_EQ(refused(good), "");
  auto x = good;
  x.certificate = folder.path("none");
  EXPECT_EQ(refused(x),
            x.certificate + ": cannot be read (No such file or directory)");
  x = good;
  x.certificate = good.key;
  EXPECT_EQ(refused(x), good.key + ": holds no certificate in PEM form");
  x = good;
  x.key = good.certificate;
  EXPECT_EQ(refused(x),
            good.certificate + ": holds no private key in PEM form");
  x = good;
  x.key = other.key;
  EXPECT_EQ(refused(x), other.key + ": is not the key of " + good.certificate);
  x = good;
  x.ca_file = good.key;
  EXPECT_EQ(refused(x), good.key + ": holds no certificate in PEM form");
  x = good;
  x.ca_file = others.file();
  EXPECT_EQ(refused(x), good.certificate
                          + ": is not signed by the authority in "
                          + others.file());
  EXPECT_NE(refused({}), "");
  // Nobody writes into the one, ever, and the other has no end.
  auto pipe = folder.path("pipe");
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  for (auto& path : {pipe, std::string{"/dev/zero"}})
    for (auto part :
         {&tls_files::certificate, &tls_files::key, &tls_files::ca_file}) {
      x = good;
      x.*part = path;
      EXPECT_EQ(refused(x), path + ": cannot be read (not a file)");
    }
}

TEST_F(tls, a_passphrase_is_in_no_dump_of_the_settings) {
  auto mine = files(ours, "client", ours);
  mine.passphrase = "Marked-Passphrase";
  auto locked = mine.key + ".locked";
  http::test::lock_key(mine.key, locked, mine.passphrase);
  mine.key = locked;
  config cfg;
  ASSERT_EQ(use_tls(cfg, mine), "");
  EXPECT_EQ(cfg.openssl_passphrase, mine.passphrase);
  // As a program that leaves its command line to CAF.
  ::testing::internal::CaptureStdout();
  EXPECT_FALSE(cfg.parse({"--dump-config"}));
  auto dump = ::testing::internal::GetCapturedStdout();
  EXPECT_NE(dump.find("passphrase = "), std::string::npos) << dump;
  EXPECT_EQ(dump.find(mine.passphrase), std::string::npos) << dump;
}

TEST_F(tls, files_are_needed_at_the_start_only) {
  auto mine = files(ours, "node", ours);
  listener far{mine};
  std::filesystem::remove(mine.key);
  std::ofstream{mine.certificate} << "half a renewal";
  peer near{files(ours, "client", ours)};
  EXPECT_EQ(refusal(connect_node(*near.sys, far.where, 5s, true)), "connected");
}

TEST_F(tls, without_it_a_node_listens_on_loopback_only) {
  listener far{files(ours, "node", ours)};
  node_options options;
  options.bigquery.endpoint = "http://127.0.0.1:1";
  options.bigquery.credentials = "none";
  auto second = std::move(
    std::get<std::unique_ptr<bqs::node>>(node::start(*far.sys, options)));
  for (auto address : {"0.0.0.0", "", "::", "192.0.2.1"}) {
    auto opened = second->publish(address, 0);
    ASSERT_TRUE(std::holds_alternative<std::string>(opened)) << address;
    EXPECT_NE(std::get<std::string>(opened).find("make-certs"),
              std::string::npos);
  }
  EXPECT_TRUE(
    std::holds_alternative<std::uint16_t>(second->publish("localhost", 0)));
}

TEST_F(tls, without_it_a_node_listens_where_it_looked_only) {
  listener far{files(ours, "node", ours)};
  node_options options;
  options.bigquery.endpoint = "http://127.0.0.1:1";
  options.bigquery.credentials = "none";
  auto publish = [&] {
    auto node = std::move(
      std::get<std::unique_ptr<bqs::node>>(node::start(*far.sys, options)));
    return node->publish(fickle_name, 0);
  };
  auto opened = publish();
  EXPECT_TRUE(std::holds_alternative<std::uint16_t>(opened));
  EXPECT_EQ(fickle_lookups, 1);
  opened = publish();
  ASSERT_TRUE(std::holds_alternative<std::string>(opened));
  auto why = std::get<std::string>(opened);
  EXPECT_NE(why.find("must be an address of loopback"), std::string::npos)
    << why;
}

TEST_F(tls, that_asks_nobody_who_he_is_opens_no_port) {
  auto mine = files(ours, "node", ours);
  node_options options;
  options.bigquery.endpoint = "http://127.0.0.1:1";
  options.bigquery.credentials = "none";
  // CAF's manager starts with all of them, with none, or without an authority.
  for (auto& some :
       {tls_files{}, tls_files{mine.certificate, mine.key, "", ""}}) {
    config cfg;
    cfg.load<caf::openssl::manager>();
    cfg.openssl_certificate = some.certificate;
    cfg.openssl_key = some.key;
    caf::actor_system sys{cfg};
    auto node = std::move(
      std::get<std::unique_ptr<bqs::node>>(node::start(sys, options)));
    for (auto address : {"127.0.0.1", "0.0.0.0"}) {
      auto opened = node->publish(address, 0, true);
      ASSERT_TRUE(std::holds_alternative<std::string>(opened));
      EXPECT_NE(std::get<std::string>(opened).find(": TLS is not set up: no "),
                std::string::npos)
        << std::get<std::string>(opened);
    }
  }
}

} // namespace
