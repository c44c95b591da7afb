#include "http/endpoint.hpp"

#include <gtest/gtest.h>

#include <string>
#include <variant>

namespace bqs::http {

namespace {

struct good_case {
  const char* url;
  endpoint expected;
  const char* normal;
};

TEST(endpoint, reads_what_is_one) {
  const good_case cases[] = {
    {"https://bigquery.googleapis.com", {}, "https://bigquery.googleapis.com"},
    {"https://bigquery.googleapis.com/", {}, "https://bigquery.googleapis.com"},
    {"HTTPS://BigQuery.GoogleAPIs.com:443/",
     {},
     "https://bigquery.googleapis.com"},
    {"https://bigquery.europe-west3.rep.googleapis.com",
     {true, "bigquery.europe-west3.rep.googleapis.com", 443},
     "https://bigquery.europe-west3.rep.googleapis.com"},
    {"https://host_1:8443", {true, "host_1", 8443}, "https://host_1:8443"},
    {"https://199.36.153.8",
     {true, "199.36.153.8", 443},
     "https://199.36.153.8"},
    {"https://[2001:DB8:0::1]:8443/",
     {true, "2001:db8::1", 8443},
     "https://[2001:db8::1]:8443"},
    {"https://localhost:80", {true, "localhost", 80}, "https://localhost:80"},
    {"http://localhost", {false, "localhost", 80}, "http://localhost"},
    {"http://localhost:9050/",
     {false, "localhost", 9050},
     "http://localhost:9050"},
    {"http://127.0.0.1:1", {false, "127.0.0.1", 1}, "http://127.0.0.1:1"},
    {"http://127.255.0.9:65535",
     {false, "127.255.0.9", 65535},
     "http://127.255.0.9:65535"},
    {"http://[::1]:9050", {false, "::1", 9050}, "http://[::1]:9050"},
    {"http://[0:0:0:0:0:0:0:1]", {false, "::1", 80}, "http://[::1]"},
  };
  for (const auto& x : cases) {
    auto result = parse_endpoint(x.url);
    auto* found = std::get_if<endpoint>(&result);
    ASSERT_NE(found, nullptr) << x.url << ": " << std::get<std::string>(result);
    EXPECT_EQ(*found, x.expected) << x.url;
    EXPECT_EQ(found->url(), x.normal);
    EXPECT_EQ(parse_endpoint(found->url()), result)
      << "not its own normal form";
  }
}

struct bad_case {
  const char* url;
  const char* said;
};

TEST(endpoint, refuses_what_is_none) {
  const bad_case cases[] = {
    {"", "begins with https://"},
    {"bigquery.googleapis.com", "begins with https://"},
    {"bigquery.googleapis.com:443", "begins with https://"},
    {"https:/bigquery.googleapis.com", "begins with https://"},
    {"ftp://localhost", "begins with https://"},
    {" https://localhost", "begins with https://"},
    {"https://", "host"},
    {"https:///", "host"},
    {"https://:443", "host"},
    {"https://a b", "host"},
    {"https://a..b", "host"},
    {"https://.a", "host"},
    {"https://a.", "host"},
    {"https://-a", "host"},
    {"https://a-.b", "host"},
    {"https://b\xc3\xbc.example", "host"},
    {"https://a%2fb", "host"},
    {"https://a\r\nb", "host"},
    {"https://127.1", "host"},
    {"https://2130706433", "host"},
    {"https://0x7f000001", "host"},
    {"https://127.0.0.256", "host"},
    {"https://[::1", "host"},
    {"https://[::1%25eth0]", "host"},
    {"https://[localhost]", "host"},
    {"https://::1", "host"},
    {"https://localhost:", "port"},
    {"https://localhost:0", "port"},
    {"https://localhost:65536", "port"},
    {"https://localhost:99999999999", "port"},
    {"https://localhost:-1", "port"},
    {"https://localhost:+1", "port"},
    {"https://localhost:80x", "port"},
    {"https://localhost:80:80", "port"},
    {"https://me:secret@localhost", "no user"},
    {"https://me@localhost", "no user"},
    {"https://localhost?x=1", "no query"},
    {"https://localhost/?x=1", "no query"},
    {"https://localhost/#top", "no query"},
    {"https://localhost/bigquery/v2", "no path"},
    {"https://localhost//", "no path"},
    {"https://[::1]x", "no path"},
    {"http://bigquery.googleapis.com", "plain http"},
    {"http://10.0.0.1:80", "plain http"},
    {"http://128.0.0.1", "plain http"},
    {"http://localhost.example.com", "plain http"},
    {"http://127.0.0.1.example.com", "plain http"},
    {"http://[::2]", "plain http"},
    {"http://[::ffff:127.0.0.1]", "plain http"},
  };
  for (const auto& x : cases) {
    auto result = parse_endpoint(x.url);
    auto* line = std::get_if<std::string>(&result);
    ASSERT_NE(line, nullptr) << x.url;
    EXPECT_NE(line->find(x.said), std::string::npos) << x.url << ": " << *line;
    EXPECT_EQ(line->find("secret"), std::string::npos);
    EXPECT_EQ(line->find('\n'), std::string::npos);
  }
}

TEST(endpoint, loopback_is_told_without_a_name_service) {
  EXPECT_TRUE((endpoint{false, "localhost", 80}).is_loopback());
  EXPECT_TRUE((endpoint{false, "127.0.0.1", 80}).is_loopback());
  EXPECT_TRUE((endpoint{false, "127.9.9.9", 80}).is_loopback());
  EXPECT_TRUE((endpoint{false, "::1", 80}).is_loopback());
  EXPECT_FALSE((endpoint{false, "0.0.0.0", 80}).is_loopback());
  EXPECT_FALSE((endpoint{false, "::", 80}).is_loopback());
  EXPECT_FALSE((endpoint{false, "localhost.", 80}).is_loopback());
  EXPECT_FALSE((endpoint{false, "127.0.0.1.", 80}).is_loopback());
  EXPECT_FALSE(endpoint{}.is_loopback());
}

} // namespace

} // namespace bqs::http
