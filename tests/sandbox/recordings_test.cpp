// Requests that official clients sent, sent again: each answer must have what
// the client reads of it.

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <httplib.h>
#include <nlohmann/json.hpp>

#include "sandbox/server.hpp"

namespace {

using namespace bqs::sandbox;
using json = nlohmann::ordered_json;

struct exchange {
  std::string line;
  std::string method;
  std::string path;
  int status = 0;
  httplib::Headers headers;
  std::string body;
  /// What the client needs: a JSON pointer, and a value or the name of a kind.
  std::vector<std::string> wanted;
};

struct recording {
  httplib::Headers headers;
  std::vector<exchange> exchanges;
};

void add_header(const std::string& line, httplib::Headers& to) {
  auto colon = line.find(": ");
  ASSERT_NE(colon, std::string::npos) << line;
  to.emplace(line.substr(0, colon), line.substr(colon + 2));
}

exchange read_request_line(const std::string& line) {
  exchange result;
  std::istringstream words{line};
  std::string arrow;
  words >> result.method >> result.path >> arrow >> result.status;
  result.line = line;
  return result;
}

recording read(const std::filesystem::path& file) {
  recording result;
  std::ifstream in{file};
  auto begins = false; // a blank line is before each request
  for (std::string line; std::getline(in, line);) {
    auto& list = result.exchanges;
    if (line.empty()) {
      begins = true;
    } else if (line.starts_with('#')) {
      continue;
    } else if (begins) {
      list.push_back(read_request_line(line));
      begins = false;
    } else if (list.empty()) {
      add_header(line, result.headers);
    } else if (line.starts_with('{') && !line.starts_with("{etag")) {
      list.back().body = line;
    } else if (line.starts_with("> ")) {
      list.back().wanted.push_back(line.substr(2));
    } else {
      add_header(line, list.back().headers);
    }
  }
  return result;
}

/// Makes every `what` in `x` another one.
void replace_all(std::string& x, const std::string& what,
                 const std::function<std::string()>& with) {
  for (auto i = x.find(what); i != std::string::npos; i = x.find(what, i)) {
    auto fresh = with();
    x.replace(i, what.size(), fresh);
    i += fresh.size();
  }
}

bool has_kind(const json& x, const std::string& kind) {
  return (kind == "string" && x.is_string())
         || (kind == "object" && x.is_object())
         || (kind == "array" && x.is_array());
}

void check(const json& answer, const std::string& wanted,
           const std::string& line) {
  auto space = wanted.find(' ');
  json::json_pointer at{wanted.substr(0, space)};
  auto value = wanted.substr(space + 1);
  if (value == "absent") {
    EXPECT_FALSE(answer.contains(at)) << line << '\n' << answer;
    return;
  }
  ASSERT_TRUE(answer.contains(at)) << line << '\n' << wanted << '\n' << answer;
  auto exact = json::parse(value, nullptr, false);
  if (exact.is_discarded())
    EXPECT_TRUE(has_kind(answer[at], value)) << line << '\n' << wanted;
  else
    EXPECT_EQ(answer[at], exact) << line << '\n' << wanted;
}

/// Sends one recorded request after the other to an empty endpoint.
class player {
public:
  explicit player(bool with_prefix) : with_prefix_(with_prefix) {
    http_.set_keep_alive(true);
  }

  void play(const recording& x) {
    for (auto& each : x.exchanges)
      play(each, x.headers);
  }

private:
  void play(exchange x, const httplib::Headers& common) {
    httplib::Request out;
    out.method = x.method;
    out.path = with_prefix_ ? x.path : x.path.substr(prefix.size());
    out.headers = common;
    for (auto& [name, value] : x.headers) {
      auto filled = value;
      replace_all(filled, "{etag}", [this] { return etag_; });
      out.headers.emplace(name, filled);
    }
    replace_all(x.body, "UUID",
                [this] { return "uuid-" + std::to_string(++ids_); });
    if (!x.body.empty())
      out.body = x.body + '\n'; // Go sends one, others may
    auto got = http_.send(out);
    ASSERT_TRUE(got) << x.line;
    EXPECT_EQ(got->status, x.status) << x.line << '\n' << got->body;
    if (x.status == 204) {
      EXPECT_EQ(got->body, "") << x.line;
      return;
    }
    EXPECT_EQ(got->get_header_value("Content-Type"),
              "application/json; charset=UTF-8");
    auto answer = json::parse(got->body, nullptr, false);
    if (answer.contains("etag"))
      etag_ = answer["etag"];
    for (auto& each : x.wanted)
      check(answer, each, x.line);
  }

  static inline const std::string prefix = "/bigquery/v2";

  static options on_free_port() {
    options o;
    o.port = 0;
    return o;
  }

  bool with_prefix_;
  server server_{on_free_port()};
  httplib::Client http_{"127.0.0.1", server_.port()};
  std::string etag_;
  int ids_ = 0;
};

struct recordings : testing::TestWithParam<std::string> {};

TEST_P(recordings, are_answered_as_the_client_needs) {
  auto file = std::filesystem::path{BQS_RECORDINGS} / (GetParam() + ".txt");
  auto x = read(file);
  ASSERT_FALSE(x.exchanges.empty()) << file;
  for (auto with_prefix : {true, false})
    player{with_prefix}.play(x);
}

INSTANTIATE_TEST_SUITE_P(clients, recordings,
                         testing::Values("node", "python", "go"),
                         [](auto& x) { return x.param; });

} // namespace
