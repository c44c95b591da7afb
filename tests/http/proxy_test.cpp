#include "http/proxy.hpp"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <variant>

namespace bqs::http {

namespace {

using variables = std::map<std::string, std::string>;

std::variant<proxy_rules, std::string> read(const std::string& setting,
                                            const variables& x = {}) {
  return proxy_rules::read(setting, [&x](const char* name) {
    auto i = x.find(name);
    return i == x.end() ? nullptr : i->second.c_str();
  });
}

/// The rules that a test is sure of.
proxy_rules rules(const std::string& setting, const variables& x = {}) {
  auto result = read(setting, x);
  auto* fault = std::get_if<std::string>(&result);
  EXPECT_EQ(fault, nullptr) << *fault;
  return fault == nullptr ? std::get<proxy_rules>(result) : proxy_rules{};
}

/// `HOST:PORT` of the proxy on the way to `to`; empty if there is none.
std::string way(const proxy_rules& x, const endpoint& to = {}) {
  auto* by = x.find(to);
  return by == nullptr ? ""
                       : by->where.host + ":" + std::to_string(by->where.port);
}

const endpoint sandbox{false, "127.0.0.1", 9050};
const endpoint metadata{false, "metadata.google.internal", 80};

} // namespace

TEST(proxy, there_is_none_unless_somebody_says_so) {
  EXPECT_EQ(way({}), "");
  EXPECT_EQ(way(rules("")), "");
  EXPECT_EQ(way(rules("none", {{"https_proxy", "p:1"}})), "");
  EXPECT_EQ(way(rules("", {{"https_proxy", ""}, {"HTTPS_PROXY", ""}})), "");
  EXPECT_EQ(way(rules("", {{"http_proxy", "p:1"}, {"all_proxy", "p:1"}})), "");
}

TEST(proxy, the_setting_comes_first_then_the_lower_case) {
  variables both{{"https_proxy", "lower:1"}, {"HTTPS_PROXY", "upper:1"}};
  EXPECT_EQ(way(rules("http://set:1", both)), "set:1");
  EXPECT_EQ(way(rules("", both)), "lower:1");
  both["https_proxy"] = "";
  EXPECT_EQ(way(rules("", both)), "upper:1");
}

TEST(proxy, a_url_may_be_written_in_these_ways) {
  struct {
    const char* url;
    const char* way;
    const char* authorization;
  } cases[] = {
    {"http://proxy.example.com:3128", "proxy.example.com:3128", ""},
    {"HTTP://Proxy.Example.com:80/", "proxy.example.com:80", ""},
    {"proxy:3128", "proxy:3128", ""},
    {"http://10.0.0.1:1", "10.0.0.1:1", ""},
    {"http://[2001:DB8::1]:8080", "2001:db8::1:8080", ""},
    {"http://user:pass@proxy:1", "proxy:1", "Basic dXNlcjpwYXNz"},
    {"user:pass@proxy:1", "proxy:1", "Basic dXNlcjpwYXNz"},
    {"http://user@proxy:1", "proxy:1", "Basic dXNlcjo="},
    {"http://u%40x:p%3a%2f%25@proxy:1", "proxy:1", "Basic dUB4OnA6LyU="},
    {"http://u:p:q@proxy:1", "proxy:1", "Basic dTpwOnE="},
    {"http://u:a@b@proxy:1", "proxy:1", "Basic dTphQGI="},
  };
  for (const auto& x : cases)
    for (auto by_setting : {true, false}) {
      auto uut
        = by_setting ? rules(x.url) : rules("", {{"https_proxy", x.url}});
      EXPECT_EQ(way(uut), x.way) << x.url;
      ASSERT_NE(uut.find({}), nullptr);
      EXPECT_EQ(uut.find({})->authorization, x.authorization) << x.url;
      EXPECT_FALSE(uut.find({})->where.tls);
    }
}

TEST(proxy, what_is_none_is_refused_without_the_password) {
  for (auto* url : {"http://u:secret@proxy",
                    "http://u:secret@proxy/",
                    "http://proxy",
                    "proxy",
                    "http://",
                    "http://:3128",
                    "http://proxy:",
                    "http://proxy:0",
                    "http://proxy:65536",
                    "http://proxy:x",
                    "http://proxy:1/path",
                    "http://proxy:1?x",
                    "http://pro xy:1",
                    "http://[::1]",
                    "http://[::1:1",
                    "http://u:secret%2@proxy:1",
                    "http://u:secret%0a@proxy:1",
                    "http://u:secret%zz@proxy:1",
                    "http://u%3ax:secret@proxy:1",
                    "http://u:secret\n@proxy:1",
                    "ftp://u:secret@proxy:1",
                    "https://u:secret@proxy:1",
                    "socks5h://u:secret@proxy:1",
                    "http://u:secret@proxy:1\r\nX: y"}) {
    auto result = read(url);
    auto* fault = std::get_if<std::string>(&result);
    ASSERT_NE(fault, nullptr) << url;
    EXPECT_EQ(fault->find("secret"), std::string::npos) << *fault;
    EXPECT_EQ(fault->find('\n'), std::string::npos) << *fault;
    auto found = read("", {{"HTTPS_PROXY", url}});
    fault = std::get_if<std::string>(&found);
    ASSERT_NE(fault, nullptr) << url;
    EXPECT_EQ(fault->find("HTTPS_PROXY in the environment: "), 0u) << *fault;
    EXPECT_EQ(fault->find("secret"), std::string::npos) << *fault;
  }
  auto fault = std::get<std::string>(read("https://proxy:1"));
  EXPECT_EQ(fault.find("https:// proxies are not supported"), 0u) << fault;
}

TEST(proxy, is_neither_for_this_machine_nor_for_plain_http) {
  auto found = rules("", {{"https_proxy", "p:1"}});
  EXPECT_EQ(way(found, sandbox), "");
  EXPECT_EQ(way(found, {true, "localhost", 443}), "");
  EXPECT_EQ(way(found, {true, "::1", 443}), "");
  EXPECT_EQ(way(found, metadata), "");
  auto chosen = rules("p:1");
  EXPECT_EQ(way(chosen, sandbox), "");
  EXPECT_EQ(way(chosen, {true, "localhost", 443}), "");
  EXPECT_EQ(way(chosen, {true, "a.example", 443}), "p:1");
  EXPECT_EQ(way(chosen, metadata), "");
}

TEST(proxy, no_proxy_lists_what_is_reached_directly) {
  struct {
    std::string list;
    std::string host;
    bool direct;
  } cases[] = {
    {"*", "bigquery.googleapis.com", true},
    {"bigquery.googleapis.com", "bigquery.googleapis.com", true},
    {"googleapis.com", "bigquery.googleapis.com", true},
    {".googleapis.com", "bigquery.googleapis.com", true},
    {".googleapis.com", "googleapis.com", true},
    {"googleapis.com.", "bigquery.googleapis.com", true},
    {"GoogleAPIs.com", "bigquery.googleapis.com", true},
    {"com", "bigquery.googleapis.com", true},
    {"a.example,googleapis.com", "bigquery.googleapis.com", true},
    {"a.example, googleapis.com", "bigquery.googleapis.com", true},
    {" a.example  googleapis.com ,", "bigquery.googleapis.com", true},
    {"googleapis.com:443", "bigquery.googleapis.com", true},
    {"*:443", "bigquery.googleapis.com", true},
    {"10.0.0.1", "10.0.0.1", true},
    {"2001:db8::1", "2001:db8::1", true},
    {"[2001:db8::1]", "2001:db8::1", true},
    {"[2001:db8::1]:443", "2001:db8::1", true},
    {"", "bigquery.googleapis.com", false},
    {",, ,", "bigquery.googleapis.com", false},
    {".", "bigquery.googleapis.com", false},
    {"apis.com", "bigquery.googleapis.com", false},
    {"query.googleapis.com", "bigquery.googleapis.com", false},
    {"x.bigquery.googleapis.com", "bigquery.googleapis.com", false},
    {"*.googleapis.com", "bigquery.googleapis.com", false},
    {"googleapis.com:8443", "bigquery.googleapis.com", false},
    {"*:8443", "bigquery.googleapis.com", false},
    {"googleapis.com:x", "bigquery.googleapis.com", false},
    {"googleapis.com:", "bigquery.googleapis.com", false},
    {"0.0.1", "10.0.0.1", false},
    {"10.0.0.0/8", "10.0.0.1", false},
    {"2001:db8::", "2001:db8::1", false},
    {"[2001:db8::1]:8443", "2001:db8::1", false},
  };
  for (const auto& x : cases) {
    endpoint to{true, x.host, 443};
    auto found = rules("", {{"https_proxy", "p:1"}, {"no_proxy", x.list}});
    EXPECT_EQ(way(found, to), x.direct ? "" : "p:1") << x.list;
    auto upper = rules("", {{"HTTPS_PROXY", "p:1"}, {"NO_PROXY", x.list}});
    EXPECT_EQ(way(upper, to), x.direct ? "" : "p:1") << x.list;
    // A setting is for all.
    EXPECT_EQ(way(rules("p:1", {{"no_proxy", x.list}}), to), "p:1") << x.list;
  }
}

TEST(proxy, a_url_can_be_shown_without_the_password) {
  EXPECT_EQ(without_password("http://u:p@proxy:1"), "http://proxy:1");
  EXPECT_EQ(without_password("http://u:p@q@proxy:1"), "http://proxy:1");
  EXPECT_EQ(without_password("u:p@proxy:1"), "proxy:1");
  EXPECT_EQ(without_password("http://proxy:1"), "http://proxy:1");
  EXPECT_EQ(without_password("none"), "none");
  EXPECT_EQ(without_password(""), "");
}

} // namespace bqs::http
