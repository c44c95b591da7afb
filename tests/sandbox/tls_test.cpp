#include "sandbox/tls.hpp"

#include <array>
#include <fstream>
#include <memory>
#include <stdexcept>

#include <gtest/gtest.h>
#include <httplib.h>

#include "sandbox/server.hpp"
#include "tests/http/test_authority.hpp"
#include "tests/sandbox/socket_fixture.hpp"

namespace {

using namespace bqs::sandbox;
using test::raw_client;

const char* const table_path = "/projects/p/datasets/ds/tables/t";
const char* const insert_path = "/projects/p/datasets/ds/tables/t/insertAll";

struct files {
  files() {
    authority.issue(folder.path("box"), "IP:127.0.0.1");
  }

  std::string cert() const {
    return folder.path("box.crt");
  }

  std::string key() const {
    return folder.path("box.key");
  }

  bqs::http::test::test_authority authority;
  bqs::test::scratch folder;
};

std::string body_of(int rows) {
  std::string result = R"({"rows":[)";
  for (auto i = 0; i < rows; ++i)
    result += i == 0 ? R"({"json":{"a":1}})" : R"(,{"json":{"a":1}})";
  return result + "]}";
}

struct tls_test : testing::Test {
  tls_test() : uut(secret()), http("127.0.0.1", uut.port()) {
    uut.create_table("ds", "t", R"([{"name":"a","type":"INTEGER"}])");
    http.set_ca_cert_path(given.authority.file().c_str());
    http.set_keep_alive(true);
  }

  options secret() const {
    options o;
    o.port = 0;
    o.tls_cert = given.cert();
    o.tls_key = given.key();
    o.limits.hard_body_bytes = 11u << 20;
    return o;
  }

  int insert(const std::string& body) {
    auto answer = http.Post(insert_path, body, "application/json");
    return answer ? answer->status : -1;
  }

  void set_fault(const char* spec) {
    uut.set_faults({std::get<fault>(parse_fault(spec))});
  }

  files given;
  server uut;
  httplib::SSLClient http;
};

TEST_F(tls_test, serves_who_trusts_the_certificate) {
  EXPECT_EQ(uut.url(), "https://127.0.0.1:" + std::to_string(uut.port()));
  for (auto i = 0; i < 20; ++i)
    EXPECT_EQ(insert(body_of(1)), 200);
  EXPECT_EQ(uut.count_rows("ds", "t"), 20u);
}

TEST_F(tls_test, carries_large_bodies_and_large_answers) {
  EXPECT_EQ(insert(body_of(50'000)), 200);
  http.set_compress(true);
  EXPECT_EQ(insert(body_of(50'000)), 200);
  auto answer = http.Get(std::string{table_path} + "/data?maxResults=100000");
  ASSERT_TRUE(answer);
  EXPECT_GT(answer->body.size(), 1u << 20);
}

TEST_F(tls_test, an_early_answer_can_be_read_to_its_orderly_end) {
  raw_client line{uut.port()};
  std::unique_ptr<SSL, decltype(&SSL_free)> secret{SSL_new(http.ssl_context()),
                                                   SSL_free};
  SSL_set_fd(secret.get(), line.fd);
  ASSERT_EQ(SSL_connect(secret.get()), 1);
  auto head = std::string{"POST "} + insert_path
              + " HTTP/1.1\r\nContent-Length: 99999999\r\n\r\nbeginning";
  SSL_write(secret.get(), head.data(), static_cast<int>(head.size()));
  std::string answer;
  std::array<char, 4096> part;
  auto n = 0;
  while ((n = SSL_read(secret.get(), part.data(), part.size())) > 0)
    answer.append(part.data(), static_cast<std::size_t>(n));
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 413")) << answer;
  EXPECT_EQ(SSL_get_error(secret.get(), n), SSL_ERROR_ZERO_RETURN);
}

TEST_F(tls_test, resets_on_command) {
  set_fault("reset=after,count=1");
  EXPECT_EQ(insert(body_of(1)), -1);
  EXPECT_EQ(uut.count_rows("ds", "t"), 1u);
  EXPECT_EQ(insert(body_of(1)), 200);
}

TEST_F(tls_test, refuses_versions_before_1_2) {
  SSL_CTX_set_min_proto_version(http.ssl_context(), TLS1_VERSION);
  SSL_CTX_set_max_proto_version(http.ssl_context(), TLS1_1_VERSION);
  SSL_CTX_set_cipher_list(http.ssl_context(), "ALL:@SECLEVEL=0");
  EXPECT_EQ(insert(body_of(1)), -1);
}

TEST_F(tls_test, takes_version_1_2) {
  SSL_CTX_set_max_proto_version(http.ssl_context(), TLS1_2_VERSION);
  EXPECT_EQ(insert(body_of(1)), 200);
}

TEST_F(tls_test, ends_who_does_not_speak_it) {
  raw_client plain{uut.port()};
  plain.send("GET / HTTP/1.1\r\n\r\n");
  EXPECT_EQ(plain.receive().find("HTTP/1.1"), std::string::npos);
}

TEST_F(tls_test, stops_while_clients_are_idle_or_silent) {
  EXPECT_EQ(insert(body_of(1)), 200);
  raw_client silent{uut.port()};
  uut.stop();
  EXPECT_EQ(silent.receive(), "");
}

// -- files that do not do -----------------------------------------------------

std::string refusal_of(const std::string& cert, const std::string& key) {
  try {
    tls_context{cert, key};
  } catch (const std::runtime_error& x) {
    return x.what();
  }
  return {};
}

TEST(tls_context, says_which_file_is_missing) {
  files given;
  EXPECT_EQ(refusal_of("/no/such.crt", given.key()),
            "cannot read the certificate /no/such.crt: No such file or "
            "directory");
  EXPECT_EQ(refusal_of(given.cert(), "/no/such.key"),
            "cannot read the key /no/such.key: No such file or directory");
  EXPECT_EQ(refusal_of("/dev/zero", given.key()),
            "cannot read the certificate /dev/zero: not a file");
  EXPECT_EQ(refusal_of(given.cert(), "/dev/zero"),
            "cannot read the key /dev/zero: not a file");
}

TEST(tls_context, says_which_file_is_wrong) {
  files given;
  auto junk = given.folder.path("junk.pem");
  std::ofstream{junk} << "no PEM at all\n";
  auto begins = [&](const std::string& text, const std::string& what) {
    EXPECT_TRUE(text.starts_with("cannot use the " + what)) << text;
    EXPECT_EQ(text.find('\n'), std::string::npos);
  };
  begins(refusal_of(junk, given.key()), "certificate " + junk);
  begins(refusal_of(given.key(), given.key()), "certificate " + given.key());
  begins(refusal_of(given.cert(), junk), "key " + junk);
  begins(refusal_of(given.cert(), given.cert()), "key " + given.cert());
}

TEST(tls_context, wants_the_key_of_the_certificate) {
  files given;
  given.authority.issue(given.folder.path("other"));
  auto other = given.folder.path("other.key");
  EXPECT_EQ(refusal_of(given.cert(), other),
            "cannot use the key " + other + ": key values mismatch");
}

TEST(tls_context, needs_both) {
  files given;
  options o;
  o.port = 0;
  o.tls_cert = given.cert();
  EXPECT_THROW(server{o}, std::runtime_error);
}

} // namespace
