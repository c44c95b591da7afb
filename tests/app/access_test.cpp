#include "bqstreamer/access.hpp"

#include <ctime>
#include <string>
#include <variant>

#include <gtest/gtest.h>

#include "app/certificates.hpp"
#include "bqstreamer/config.hpp"
#include "tests/environment.hpp"
#include "tests/http/test_authority.hpp"
#include "tests/scratch.hpp"

using namespace bqs;

namespace {

struct access_test : ::testing::Test {
  access_test() {
    auto made = app::make_certificates({"localhost"}, std::time(nullptr));
    good.certificate = folder.write("x.crt", made.client.certificate);
    good.key = folder.write("x.key", made.client.key);
    good.ca_file = folder.write("ca.crt", made.authority.certificate);
  }

  static std::string fault(const access_files& x) {
    config cfg;
    auto opened = open_access(cfg, x, "--");
    auto why = std::get_if<std::string>(&opened);
    return why != nullptr ? *why : "";
  }

  test::scratch folder;
  access_files good;
};

} // namespace

TEST_F(access_test, nothing_named_is_no_tls) {
  config cfg;
  auto opened = open_access(cfg, {}, "--");
  ASSERT_TRUE(std::holds_alternative<bqs::access>(opened));
  EXPECT_FALSE(std::get<bqs::access>(opened).tls);
  EXPECT_EQ(std::get<bqs::access>(opened).admin_pass, "");
}

TEST_F(access_test, three_files_are_tls_and_fewer_are_a_mistake) {
  EXPECT_EQ(fault(good), "");
  for (auto member : {&access_files::certificate, &access_files::key,
                      &access_files::ca_file}) {
    auto x = good;
    x.*member = "";
    EXPECT_NE(fault(x).find("is missing; --tls-certificate, --tls-key and "
                            "--tls-ca-file go together"),
              std::string::npos)
      << fault(x);
  }
}

TEST_F(access_test, what_is_wrong_is_named_by_setting_and_file) {
  auto x = good;
  x.certificate = folder.path("none");
  EXPECT_EQ(fault(x), "--tls-certificate: " + x.certificate
                        + ": cannot be read (No such file or directory)");
  x = good;
  x.key = folder.write("no.key", "nonsense");
  EXPECT_EQ(fault(x),
            "--tls-key: " + x.key + ": holds no private key in PEM form");
  x = good;
  x.ca_file = folder.write("no.crt", "nonsense");
  EXPECT_EQ(fault(x), "--tls-ca-file: " + x.ca_file
                        + ": holds no certificate in PEM form");
}

TEST_F(access_test, an_encrypted_key_needs_its_passphrase) {
  auto x = good;
  x.key = folder.path("locked.key");
  http::test::lock_key(good.key, x.key, "Marked-Passphrase");
  EXPECT_EQ(fault(x), "--tls-passphrase-file: " + x.key
                        + ": is encrypted, and there is no passphrase");
  x.passphrase_file = folder.write("wrong", "Wrong-Marked-Passphrase\n");
  EXPECT_EQ(fault(x), "--tls-passphrase-file: " + x.key
                        + ": the passphrase does not open it");
  x.passphrase_file = folder.write("right", "Marked-Passphrase\n");
  EXPECT_EQ(fault(x), "");
  x.passphrase_file = folder.path("none");
  EXPECT_EQ(fault(x), "--tls-passphrase-file: " + x.passphrase_file
                        + ": cannot be read (No such file or directory)");
}

TEST_F(access_test, the_admin_pass_is_the_first_line) {
  access_files x;
  x.admin_pass_file = folder.write("pass", "a long enough pass\r\nmore\n");
  config cfg;
  auto opened = open_access(cfg, x, "--");
  ASSERT_TRUE(std::holds_alternative<bqs::access>(opened));
  EXPECT_EQ(std::get<bqs::access>(opened).admin_pass, "a long enough pass");
  x.admin_pass_file = folder.write("short", "short");
  EXPECT_EQ(fault(x), "--admin-pass-file: " + x.admin_pass_file
                        + ": its first line is shorter than 12 characters");
  x.admin_pass_file = folder.write("empty", "\n");
  EXPECT_EQ(fault(x), "--admin-pass-file: " + x.admin_pass_file
                        + ": its first line is empty");
}

TEST_F(access_test, the_environment_says_the_same) {
  test::environment variables;
  variables.unset({"BQSTREAMER_TLS_CA_FILE", "BQSTREAMER_TLS_PASSPHRASE_FILE",
                   "BQSTREAMER_ADMIN_PASS_FILE"});
  variables.set("BQSTREAMER_TLS_CERTIFICATE", good.certificate);
  variables.set("BQSTREAMER_TLS_KEY", good.key);
  config cfg;
  auto opened = access_from_environment(cfg);
  ASSERT_TRUE(std::holds_alternative<std::string>(opened));
  EXPECT_TRUE(std::get<std::string>(opened).starts_with(
    "BQSTREAMER_TLS_CA_FILE: is missing"))
    << std::get<std::string>(opened);
  variables.set("BQSTREAMER_TLS_CA_FILE", good.ca_file);
  config other;
  opened = access_from_environment(other);
  ASSERT_TRUE(std::holds_alternative<bqs::access>(opened));
  EXPECT_TRUE(std::get<bqs::access>(opened).tls);
}
