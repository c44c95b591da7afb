#include "http/token_url.hpp"

#include <gtest/gtest.h>

namespace bqs::http {

namespace {

std::string refusal(std::string_view url, const host_rules& rules = {},
                    link_local plain = link_local::refused) {
  auto read = parse_token_url(url, rules, plain);
  auto* why = std::get_if<std::string>(&read);
  return why != nullptr ? *why : "";
}

TEST(token_url, leads_to_google_and_to_this_machine) {
  for (auto url : {"https://oauth2.googleapis.com/token",
                   "https://sts.googleapis.com/v1/token",
                   "https://sts.europe-west3.googleapis.com/v1/token",
                   "https://us-east1-sts.googleapis.com/v1/token",
                   "https://sts.us-east1.rep.googleapis.com/v1/token",
                   "https://oauth2.mtls.googleapis.com/token",
                   "https://sts.mtls.googleapis.com/v1/token",
                   "https://iamcredentials.mtls.googleapis.com/v1/x",
                   "https://iamcredentials.us-east1.googleapis.com/v1/x",
                   "https://sts.northamerica-northeast2.googleapis.com/t",
                   "https://sts.eu.rep.googleapis.com/v1/token",
                   "https://global-sts.googleapis.com/v1/token",
                   "https://sts-mine.p.googleapis.com/v1/token",
                   "https://www.googleapis.com/oauth2/v4/token",
                   "https://accounts.google.com/o/oauth2/token",
                   "https://OAUTH2.googleapis.com/token",
                   "http://127.0.0.1:9050/token",
                   "http://localhost/token",
                   "https://localhost:1/token",
                   "http://[::1]:9/token"})
    EXPECT_EQ(refusal(url), "") << url;
}

TEST(token_url, leads_to_no_stranger) {
  for (auto url :
       {"https://evil.com/token", "https://oauth2.googleapis.com.evil.com/t",
        "https://evilgoogleapis.com/t", "https://google.com/t",
        "https://x.accounts.google.com/t", "https://169.254.169.254/t",
        "https://10.0.0.1/t", "https://example.com/googleapis.com"})
    EXPECT_NE(refusal(url).find("neither a token host of Google's nor in"),
              std::string::npos)
      << url << " " << refusal(url);
}

// Whoever owns a bucket reads what is uploaded to it.
TEST(token_url, leads_to_no_other_service_of_google) {
  for (auto url :
       {"https://storage.googleapis.com/upload/storage/v1/b/x/o?name=x",
        "https://storage.googleapis.com/x",
        "https://googleapis.com/x",
        "https://www.googleapis.com/upload/storage/v1/b/x/o",
        "https://www.googleapis.com/oauth2/../upload/storage/v1/b/x/o",
        "https://sts.storage.x.googleapis.com/t",
        "https://x.sts.googleapis.com/t",
        "https://sts-x.googleapis.com/t",
        "https://storage-x.p.googleapis.com/t",
        "https://xsts.googleapis.com/t",
        "https://sts.storage.googleapis.com/x",
        "https://oauth2.storage.googleapis.com/x",
        "https://sts.commondatastorage.googleapis.com/x",
        "https://iamcredentials.storage-upload.googleapis.com/x",
        "https://sts.storage.mtls.googleapis.com/x",
        "https://sts.storage.us-east1.rep.googleapis.com/x",
        "https://sts.storage.rep.googleapis.com/x",
        "https://sts.mtls.rep.googleapis.com/x",
        "https://sts.1.googleapis.com/x",
        "https://sts.us1.googleapis.com/x",
        "https://sts.us-east1x.googleapis.com/x",
        "https://sts.googleapis.com.googleapis.com/x",
        "https://evil-sts.googleapis.com/x",
        "https://evil-1-sts.googleapis.com/x",
        "https://us-east1-sts.storage.googleapis.com/x",
        "https://us-east1-sts.us-east1.googleapis.com/x",
        "https://www.googleapis.com/oauth2/%2e%2E/upload/storage/v1/b/x/o",
        "https://www.googleapis.com/oauth2/%2Fx",
        "https://sts.example.com/t",
        "https://accounts.example.com/t"})
    EXPECT_NE(refusal(url).find("neither a token host of Google's nor in"),
              std::string::npos)
      << url << " " << refusal(url);
  EXPECT_EQ(refusal("https://sts.googleapis.com/v1/token?name=x"),
            "has a query, and no token endpoint has");
}

TEST(token_url, is_plain_on_this_machine_alone) {
  EXPECT_EQ(refusal("http://oauth2.googleapis.com/token"),
            "leads to oauth2.googleapis.com by plain http, which is for this "
            "machine only");
  EXPECT_NE(refusal("http://169.254.169.254/t"), "");
}

TEST(token_url, of_a_metadata_server_is_plain) {
  for (auto url :
       {"http://metadata.google.internal/x", "http://[fd20:ce::254]/",
        "http://169.254.169.254/metadata/identity",
        "http://169.254.170.2:80/x"})
    EXPECT_EQ(refusal(url, {}, link_local::allowed), "") << url;
  for (auto url : {"http://169.253.0.1/", "http://evil.com/",
                   "http://metadata.google.internal.evil.com/"})
    EXPECT_NE(refusal(url, {}, link_local::allowed), "") << url;
}

TEST(token_url, follows_the_settings) {
  EXPECT_EQ(refusal("https://sts.example.com/t", {"example.com", {}}), "");
  EXPECT_EQ(refusal("https://sts.u-germany-northeast1.rep.example.com/t",
                    {"example.com", {}}),
            "");
  EXPECT_NE(refusal("https://storage.example.com/t", {"example.com", {}}), "");
  EXPECT_NE(refusal("https://sts.storage.example.com/t", {"example.com", {}}),
            "");
  EXPECT_NE(refusal("https://sts.example.org/t", {"example.com", {}}), "");
  EXPECT_EQ(refusal("https://a.org/t", {"googleapis.com", {"a.org"}}), "");
  EXPECT_EQ(refusal("https://a.org/t?v=1", {"googleapis.com", {"a.org"}}), "");
  EXPECT_NE(refusal("https://b.a.org/t", {"googleapis.com", {"a.org"}}), "");
  EXPECT_NE(refusal("http://a.org/t", {"googleapis.com", {"a.org"}}), "");
}

TEST(token_url, reads_hosts_as_people_write_them) {
  EXPECT_EQ(read_host("sts.example"), "sts.example");
  EXPECT_EQ(read_host("STS.Example"), "sts.example");
  EXPECT_EQ(read_host("10.0.0.1"), "10.0.0.1");
  EXPECT_EQ(read_host("2001:DB8:0::1"), "2001:db8::1");
  EXPECT_EQ(read_host("[2001:db8::1]"), "2001:db8::1");
  for (auto text :
       {"", "a:443", "10.0.0.1:1", "[2001:db8::1]:443", "[2001:db8::1", "a/",
        "https://a", "*.a", ".a", "a.", "a b", "a@b", "127.1"})
    EXPECT_EQ(read_host(text), "") << text;
}

TEST(token_url, that_is_none_is_not_repeated) {
  for (auto url : {"", "token", "ftp://x/", "https://", "https:///t",
                   "https://user:SECRET@oauth2.googleapis.com/t",
                   "https://oauth2.googleapis.com:99999/t",
                   "https://oauth2.googleapis.com/a b",
                   "https://oauth2.googleapis.com/t#SECRET",
                   "https://evil.com\\@oauth2.googleapis.com/t",
                   "https://oauth2.googleapis.com/\r\nX: SECRET"})
    EXPECT_EQ(refusal(url), "is not a URL, https://HOST[:PORT]/PATH") << url;
}

TEST(token_url, is_taken_apart) {
  auto x = std::get<token_url>(
    parse_token_url("http://127.0.0.1:9050/v1/token?a=b", {}));
  EXPECT_EQ(x.where, (endpoint{false, "127.0.0.1", 9050}));
  EXPECT_EQ(x.path, "/v1/token?a=b");
  EXPECT_EQ(x.name(), "http://127.0.0.1:9050");
  x = std::get<token_url>(parse_token_url("http://localhost", {}));
  EXPECT_EQ(x.where.port, 80);
  EXPECT_EQ(x.path, "/");
  x = std::get<token_url>(parse_token_url("http://localhost:443/", {}));
  EXPECT_EQ(x.where.port, 443);
  x = std::get<token_url>(parse_token_url("https://localhost?q", {}));
  EXPECT_EQ(x.path, "/?q");
}

} // namespace

} // namespace bqs::http
