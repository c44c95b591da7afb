#include "http/token_answer.hpp"

#include <gtest/gtest.h>
#include <pthread.h>

#include <functional>

namespace bqs::http {

namespace {

using namespace std::chrono_literals;

answer answered(int status, std::string body) {
  answer result;
  result.reach = reach::answered;
  result.status = status;
  result.body = std::move(body);
  return result;
}

std::string why(const granted& x) {
  auto* line = std::get_if<std::string>(&x);
  return line != nullptr ? *line : "granted";
}

granted read(std::string body, int status = 200) {
  return read_grant(answered(status, std::move(body)), "E", {"the-secret-1"});
}

/// `depth` values, each in the one before, all of them closed.
std::string nested(std::size_t depth) {
  std::string result;
  for (std::size_t i = 0; i < depth; ++i)
    result += R"({"a":)";
  return result + "1" + std::string(depth, '}');
}

/// Runs `what` where there is no room to call itself for each level of a text.
void run_on_a_small_stack(std::function<void()> what) {
  pthread_attr_t small;
  ::pthread_attr_init(&small);
  ASSERT_EQ(::pthread_attr_setstacksize(&small, 256u << 10), 0);
  auto start = [](void* x) -> void* {
    (*static_cast<std::function<void()>*>(x))();
    return nullptr;
  };
  pthread_t id{};
  ASSERT_EQ(::pthread_create(&id, &small, start, &what), 0);
  ::pthread_join(id, nullptr);
  ::pthread_attr_destroy(&small);
}

TEST(token_answer, gives_the_token) {
  auto x = std::get<grant>(read(
    R"({"access_token":"ya29.x","expires_in":3599,"token_type":"Bearer"})"));
  EXPECT_EQ(x.value, "ya29.x");
  EXPECT_EQ(x.span, 3599s);
  x = std::get<grant>(
    read(R"({"access_token":"t","expires_in":"60","token_type":"bearer"})"));
  EXPECT_EQ(x.span, 60s);
  x = std::get<grant>(read(R"({"access_token":"t","expires_in":1e300})"));
  EXPECT_EQ(x.span, 24h);
}

TEST(token_answer, is_not_believed_otherwise) {
  for (auto body :
       {"", "[]", "null", "{}", "<html>",
        R"({"access_token":1,"expires_in":1})",
        R"({"access_token":"","expires_in":1})",
        R"({"access_token":"a b","expires_in":1})",
        "{\"access_token\":\"a\\r\\nX: y\",\"expires_in\":1}",
        "{\"access_token\":\"\xC3\xA4\",\"expires_in\":1}",
        R"({"access_token":"t"})", R"({"access_token":"t","expires_in":0})",
        R"({"access_token":"t","expires_in":-5})",
        R"({"access_token":"t","expires_in":"soon"})",
        R"({"access_token":"t","expires_in":"nan"})",
        R"({"access_token":"t","expires_in":null})",
        R"({"access_token":"t","expires_in":9,"token_type":"mac"})"}) {
    auto line = why(read(body));
    EXPECT_EQ(line.find("E: "), 0u) << body << line;
    EXPECT_EQ(line.find('\n'), std::string::npos);
  }
  EXPECT_NE(why(read(R"({"access_token":")" + std::string(40'000, 'x')
                     + R"(","expires_in":9})")),
            "granted");
  EXPECT_NE(why(read(std::string(60'000, '['))), "granted");
}

TEST(token_answer, nests_no_deeper_than_it_needs) {
  auto with = [](const std::string& more) {
    return R"({"access_token":"t","expires_in":9,"x":)" + more + "}";
  };
  EXPECT_EQ(why(read(with(nested(63)))), "granted");
  EXPECT_EQ(why(read(with(nested(64)))), "E: the answer is nested too deep");
  EXPECT_EQ(why(read(with(std::string(64, '[') + std::string(64, ']')))),
            "E: the answer is nested too deep");
  run_on_a_small_stack([] {
    auto deep = nested(10'000);
    EXPECT_EQ(why(read(R"({"error":)" + deep + "}", 400)), "E: HTTP 400");
    EXPECT_EQ(why(read(R"({"expires_in":)" + deep + "}")),
              "E: the answer is nested too deep");
    EXPECT_EQ(why(read(deep, 500)), "E: HTTP 500");
  });
}

TEST(token_answer, that_is_no_object_is_told_apart) {
  EXPECT_EQ(why(read("[]")), "E: the answer is not a JSON object");
  EXPECT_EQ(why(read("<html>")), "E: the answer is not JSON");
}

TEST(token_answer, ends_where_its_text_ends) {
  auto text = std::string{R"({"access_token":"t","expires_in":9})"};
  EXPECT_EQ(why(read(text + " \r\n")), "granted");
  EXPECT_NE(why(read(text + '\0')), "granted");
  EXPECT_NE(why(read(text + '\0' + "<html>")), "granted");
}

TEST(token_answer, says_why_there_is_no_token) {
  EXPECT_EQ(
    why(read(
      R"({"error":"invalid_grant","error_description":"Invalid JWT Signature."})",
      400)),
    "E: HTTP 400, invalid_grant: Invalid JWT Signature.");
  EXPECT_EQ(
    why(read(
      R"({"error":{"code":403,"message":"No.","status":"PERMISSION_DENIED"}})",
      403)),
    "E: HTTP 403, PERMISSION_DENIED: No.");
  EXPECT_EQ(why(read("<html>the-secret-1", 502)), "E: HTTP 502");
  EXPECT_EQ(why(read("", 302)), "E: HTTP 302, and redirects are not followed");
  answer lost;
  lost.error = "nothing sent: timed out";
  EXPECT_EQ(why(read_grant(lost, "E", {})), "E: nothing sent: timed out");
}

TEST(token_answer, never_says_what_was_sent) {
  EXPECT_EQ(
    why(read(
      R"({"error":"the-secret-1","error_description":"bad the-secret-1!"})",
      400)),
    "E: HTTP 400: bad [...]!");
  EXPECT_EQ(
    why(read(R"({"error":{"status":"x y","message":"the-secret-"}})", 400)),
    "E: HTTP 400: [...]");
}

TEST(token_answer, of_an_impersonation_tells_a_time_of_day) {
  std::chrono::system_clock::time_point now{1'700'000'000s};
  auto at = [now](const char* time) {
    return read_impersonation(
      answered(200, std::string{R"({"accessToken":"t","expireTime":")"} + time
                      + "\"}"),
      "E", {}, now);
  };
  EXPECT_EQ(std::get<grant>(at("2023-11-14T23:13:20Z")).span, 3600s);
  EXPECT_EQ(std::get<grant>(at("2033-11-14T23:13:20Z")).span, 24h);
  EXPECT_NE(why(at("2023-11-14T22:13:20Z")).find("has ended"),
            std::string::npos);
  EXPECT_NE(why(at("tomorrow")).find("expireTime"), std::string::npos);
  EXPECT_NE(why(read_impersonation(answered(200, "{}"), "E", {}, now)),
            "granted");
}

} // namespace

} // namespace bqs::http
