#include "app/certificates.hpp"

#include <ctime>
#include <string>

#include <gtest/gtest.h>

#include "client/tls_check.hpp"
#include "tests/scratch.hpp"

using namespace bqs;
using namespace bqs::app;

namespace {

constexpr std::time_t day = 86'400;

struct certificates : ::testing::Test {
  /// Writes the files of a peer; returns how they are called.
  tls_files save(const cluster_certificates& by, const certified_key& x,
                 const std::string& name) const {
    return {folder.write(name + ".crt", x.certificate),
            folder.write(name + ".key", x.key), "",
            folder.write(name + "-ca.crt", by.authority.certificate)};
  }

  static std::string fault(const tls_files& x, std::optional<tls_role> role) {
    auto found = check_tls(x, role);
    return found ? found->text : "";
  }

  test::scratch folder;
};

} // namespace

TEST_F(certificates, peers_are_good_for_their_roles_and_no_others) {
  auto made = make_certificates({"db.example", "192.0.2.1", "2001:db8::1"},
                                std::time(nullptr));
  auto node = save(made, made.node, "node");
  EXPECT_EQ(fault(node, tls_role::node), "");
  EXPECT_EQ(fault(node, tls_role::client), "");
  auto client = save(made, made.client, "client");
  EXPECT_EQ(fault(client, tls_role::client), "");
  EXPECT_EQ(fault(client, tls_role::node),
            client.certificate
              + ": is a client's certificate, not good for a node");
  auto authority = save(made, made.authority, "authority");
  EXPECT_EQ(fault(authority, tls_role::node),
            authority.certificate
              + ": is the certificate of an authority, not good for a node");
  EXPECT_EQ(fault(authority, tls_role::client),
            authority.certificate
              + ": is the certificate of an authority, not good for a client");
}

TEST_F(certificates, two_clusters_are_strangers) {
  auto one = make_certificates({"localhost"}, std::time(nullptr));
  auto two = make_certificates({"localhost"}, std::time(nullptr));
  EXPECT_NE(one.name, two.name);
  auto mixed = save(one, two.node, "mixed");
  EXPECT_EQ(fault(mixed, {}), mixed.certificate
                                + ": is not signed by the authority in "
                                + mixed.ca_file);
}

TEST_F(certificates, they_end) {
  auto now = std::time(nullptr);
  auto old = make_certificates({"localhost"}, now - (peer_days + 1) * day);
  auto expired = save(old, old.node, "old");
  EXPECT_NE(fault(expired, {}).find(expired.certificate + ": has expired, on "),
            std::string::npos);
  auto ancient
    = make_certificates({"localhost"}, now - (authority_days + 1) * day);
  EXPECT_NE(fault(save(ancient, ancient.node, "ancient"), {}), "");
  auto early = make_certificates({"localhost"}, now + day);
  EXPECT_NE(fault(save(early, early.node, "early"), {}).find("check the clock"),
            std::string::npos);
}

TEST_F(certificates, hosts_are_names_or_addresses) {
  for (auto good : {"localhost", "a.b-c.example", "10.0.0.1", "::1", "fe80::1"})
    EXPECT_TRUE(is_certifiable(good)) << good;
  for (auto bad : {"", "a,DNS:b", "a b", "-a", ".a", "a_b", "*.example",
                   "host:4747", "a\nb", "IP:1.2.3.4"})
    EXPECT_FALSE(is_certifiable(bad)) << bad;
}
