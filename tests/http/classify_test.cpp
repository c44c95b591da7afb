#include "http/classify.hpp"

#include <chrono>
#include <optional>
#include <random>
#include <string>

#include <gtest/gtest.h>

#include "http/utf8.hpp"

namespace bqs::http {

using namespace std::chrono_literals;

namespace {

/// An answer that came whole.
answer answered(int status, std::string body = {}) {
  answer result;
  result.reach = reach::answered;
  result.status = status;
  result.body = std::move(body);
  return result;
}

std::string envelope(const std::string& reason, const std::string& message,
                     const std::string& location = {}) {
  return R"({"error":{"code":400,"message":")" + message
         + R"(","errors":[{"message":")" + message
         + R"(","domain":"global","reason":")" + reason + R"(","location":")"
         + location + R"("}],"status":"X"}})";
}

/// An element of `insertErrors` with one error.
std::string named(std::uint32_t index, const std::string& reason,
                  const std::string& message = {},
                  const std::string& location = {}) {
  return R"({"index":)" + std::to_string(index) + R"(,"errors":[{"reason":")"
         + reason + R"(","location":")" + location
         + R"(","debugInfo":"","message":")" + message + R"("}]})";
}

answer with_errors(const std::string& elements) {
  return answered(200, R"({"kind":"bigquery#tableDataInsertAllResponse",)"
                       R"("insertErrors":[)"
                         + elements + "]}");
}

request_facts rows(std::uint32_t count, bool skip_invalid_rows = false) {
  return {count, skip_invalid_rows, 784111777};
}

constexpr auto again = row_verdict::again;
constexpr auto later = row_verdict::later;
constexpr auto fail = row_verdict::fail;

row_error innocent(std::uint32_t index) {
  return {index, again, "stopped", "", ""};
}

std::string html(const std::string& title) {
  return "<!DOCTYPE html>\n<html><title>" + title + "</title></html>";
}

} // namespace

TEST(classify, rows_are_stored_if_a_200_names_none) {
  for (auto body : {R"({"kind":"bigquery#tableDataInsertAllResponse"})", "{}",
                    R"({"insertErrors":[]})", R"({"insertErrors":null})"}) {
    auto x = classify(answered(200, body), rows(3));
    EXPECT_EQ(x.verdict, verdict::stored) << body;
    EXPECT_EQ(x.cause, cause::none) << body;
    EXPECT_EQ(x.status, 200);
    EXPECT_FALSE(x.uncertain);
    EXPECT_TRUE(x.reason.empty());
    EXPECT_TRUE(x.rows.empty());
  }
}

TEST(classify, rows_that_are_named_are_not_stored) {
  struct {
    std::string name;
    request_facts facts;
    std::string elements;
    std::vector<row_error> want;
  } cases[] = {
    {"as the service answers one bad row of three",
     rows(3),
     named(1, "invalid", "no such field: x.", "x") + "," + named(0, "stopped")
       + "," + named(2, "stopped"),
     {innocent(0),
      {1, fail, "invalid", "no such field: x.", "x"},
      innocent(2)}},
    {"the others are stored if invalid rows are skipped",
     rows(3, true),
     named(1, "invalid", "m", "l"),
     {{1, fail, "invalid", "m", "l"}}},
    {"none is stored beside an invalid row, named or not",
     rows(4),
     named(2, "invalid", "m"),
     {innocent(0), innocent(1), {2, fail, "invalid", "m", ""}, innocent(3)}},
    {"the same if some are named",
     rows(3),
     named(2, "invalid") + "," + named(0, "stopped"),
     {innocent(0), innocent(1), {2, fail, "invalid", "", ""}}},
    {"none is stored beside a stopped row",
     rows(3),
     named(0, "stopped") + "," + named(1, "timeout"),
     {innocent(0), {1, later, "timeout", "", ""}, innocent(2)}},
    {"but for skipped ones",
     rows(3, true),
     named(0, "stopped") + "," + named(1, "invalid"),
     {innocent(0), {1, fail, "invalid", "", ""}}},
    {"transient reasons concern their rows alone",
     rows(9),
     named(7, "rateLimitExceeded") + "," + named(5, "internalError") + ","
       + named(3, "backendError", "b") + "," + named(1, "timeout"),
     {{1, later, "timeout", "", ""},
      {3, later, "backendError", "b", ""},
      {5, later, "internalError", "", ""},
      {7, later, "rateLimitExceeded", "", ""}}},
    {"so do reasons that nobody knows",
     rows(2),
     named(1, "somethingNew", "m"),
     {{1, fail, "somethingNew", "m", ""}}},
    {"the gravest of several entries wins",
     rows(3, true),
     named(1, "stopped") + "," + named(1, "timeout") + ","
       + named(1, "invalid", "first") + "," + named(1, "other", "second") + ","
       + named(0, "timeout") + "," + named(0, "stopped"),
     {{0, later, "timeout", "", ""}, {1, fail, "invalid", "first", ""}}},
    {"the gravest of several errors wins",
     rows(2, true),
     R"({"index":"1","errors":[{"reason":"stopped"},{"reason":"backendError"},)"
     R"({"reason":"invalid","message":"m"}]})",
     {{1, fail, "invalid", "m", ""}}},
    {"no error is an invalid row",
     rows(2),
     R"({"index":1,"errors":[]})",
     {innocent(0), {1, fail, "invalid", "", ""}}},
    {"so is no list of errors",
     rows(2, true),
     R"({"index":1})",
     {{1, fail, "invalid", "", ""}}},
    {"so is an error without a reason",
     rows(2, true),
     R"({"index":1,"errors":[{"message":"m"}]})",
     {{1, fail, "invalid", "m", ""}}},
    {"all may be named",
     rows(1),
     named(0, "invalid"),
     {{0, fail, "invalid", "", ""}}},
  };
  for (const auto& x : cases) {
    auto result = classify(with_errors(x.elements), x.facts);
    EXPECT_EQ(result.verdict, verdict::partial) << x.name;
    EXPECT_EQ(result.cause, cause::none) << x.name;
    EXPECT_FALSE(result.uncertain) << x.name;
    EXPECT_EQ(result.rows, x.want) << x.name;
  }
}

TEST(classify, a_200_that_makes_no_sense_is_as_a_5xx) {
  struct {
    answer x;
    std::string reason;
  } cases[] = {
    {answered(200), "unreadable"},
    {answered(200, html("Welcome")), "unreadable"},
    {answered(200, R"({"kind":"bigquery#tableDataInsert)"), "unreadable"},
    {answered(200, "[]"), "unreadable"},
    {answered(200, envelope("backendError", "m")), "unreadable"},
    {with_errors(named(0, "stopped")), "stopped"},
    {with_errors(named(0, "stopped") + "," + named(1, "stopped")), "stopped"},
    {with_errors(named(2, "invalid")), "unreadable"},
    {with_errors(named(0, "invalid") + "," + named(4294967295, "stopped")),
     "unreadable"},
    {with_errors(R"({"index":-1,"errors":[]})"), "unreadable"},
    {with_errors(R"({"index":true,"errors":[]})"), "unreadable"},
    {with_errors(R"({"errors":[{"reason":"invalid"}]})"), "unreadable"},
    {with_errors(R"({"index":0,"errors":[{"reason":5}]})"), "unreadable"},
    {answered(200, R"({"insertErrors":{}})"), "unreadable"},
    {answered(200, std::string(1'000'000, '[')), "unreadable"},
    {answered(201, "{}"), "unreadable"},
    {answered(204), "unreadable"},
    {answered(206, "{}"), "unreadable"},
    {answered(299, "{}"), "unreadable"},
  };
  for (auto skip : {false, true}) {
    for (const auto& [x, reason] : cases) {
      auto result = classify(x, rows(2, skip));
      EXPECT_EQ(result.verdict, verdict::retry) << x.body.substr(0, 80);
      EXPECT_EQ(result.cause, cause::unavailable) << x.body.substr(0, 80);
      EXPECT_TRUE(result.uncertain) << x.body.substr(0, 80);
      EXPECT_EQ(result.reason, reason) << x.body.substr(0, 80);
      EXPECT_EQ(result.status, x.status);
      EXPECT_TRUE(result.rows.empty());
    }
  }
}

TEST(classify, an_early_success_is_none) {
  auto x = answered(200, "{}");
  x.early = true;
  auto result = classify(x, rows(1));
  EXPECT_EQ(result.verdict, verdict::retry);
  EXPECT_EQ(result.cause, cause::unavailable);
  EXPECT_EQ(result.reason, "unreadable");
  EXPECT_TRUE(result.uncertain);
}

TEST(classify, a_refusal_is_known_by_status_and_words) {
  constexpr auto retry = verdict::retry;
  constexpr auto none = verdict::fail;
  struct {
    int status;
    std::string body;
    verdict want;
    http::cause cause;
    bool uncertain;
    std::string reason;
  } cases[] = {
    // 400: of the whole table and passing
    {400, envelope("tableUnavailable", "m"), retry, cause::unavailable, false,
     "tableUnavailable"},
    {400, envelope("invalid", "Dataset D is not writable in the region eu."),
     retry, cause::unavailable, false, "invalid"},
    {400, envelope("invalid", "No rows present in the request."), retry,
     cause::unavailable, false, "invalid"},
    // 400: size
    {400,
     envelope("badRequest",
              "Request payload size exceeds the limit: 10485760 bytes."),
     none, cause::too_large, false, "badRequest"},
    {400,
     envelope("invalid", "too many rows present in the request, limit: 50000"),
     none, cause::too_large, false, "invalid"},
    {400, envelope("invalid", "Too many rows present in the request"), none,
     cause::too_large, false, "invalid"},
    {400, envelope("uploadTooLarge", "m"), none, cause::too_large, false,
     "uploadTooLarge"},
    {400, envelope("requestTooLarge", "m"), none, cause::too_large, false,
     "requestTooLarge"},
    {400,
     envelope("invalid", "Maximum allowed row size exceeded. Allowed: 10485760 "
                         "Row size: 10485761"),
     none, cause::too_large, false, "invalid"},
    {400, html("Your client has issued a malformed or illegal request."), none,
     cause::too_large, false, "http_400"},
    // 400: of the whole table and lasting
    {400, envelope("invalid", "The destination table has no schema."), none,
     cause::rejected, false, "invalid"},
    {400,
     envelope("invalid", "The destination table's partition T$20100101 is "
                         "outside the allowed bounds. You can only stream to "
                         "partitions within 31 days in the past"),
     none, cause::rejected, false, "invalid"},
    {400,
     envelope("invalid", "p:d.v is not allowed for this operation because it "
                         "is currently a VIEW."),
     none, cause::rejected, false, "invalid"},
    // 400: all others
    {400, envelope("invalid", "Something is wrong.", "rows[3]"), none,
     cause::nameless, false, "invalid"},
    {400, envelope("parseError", "m"), none, cause::nameless, false,
     "parseError"},
    {400, html("Bad Request"), none, cause::nameless, false, "http_400"},
    {400, "", none, cause::nameless, false, "http_400"},
    // Credentials
    {401, envelope("authError", "Invalid Credentials", "Authorization"), retry,
     cause::bad_token, false, "authError"},
    {401, "", retry, cause::bad_token, false, "http_401"},
    {403, envelope("accessDenied", "Access Denied: Table p:d.t"), retry,
     cause::forbidden, false, "accessDenied"},
    {403, envelope("billingNotEnabled", "m"), retry, cause::forbidden, false,
     "billingNotEnabled"},
    {403, envelope("blocked", "m"), retry, cause::forbidden, false, "blocked"},
    {403, envelope("insufficientPermissions", "m"), retry, cause::forbidden,
     false, "insufficientPermissions"},
    {403, html("Forbidden"), retry, cause::forbidden, false, "http_403"},
    {403, "", retry, cause::forbidden, false, "http_403"},
    // Quota
    {403, envelope("rateLimitExceeded", "m"), retry, cause::throttled, false,
     "rateLimitExceeded"},
    {403, envelope("userRateLimitExceeded", "m"), retry, cause::throttled,
     false, "userRateLimitExceeded"},
    {403, envelope("quotaExceeded", "m"), retry, cause::throttled, false,
     "quotaExceeded"},
    {403, R"({"error":{"status":"RESOURCE_EXHAUSTED","message":"m"}})", retry,
     cause::throttled, false, "RESOURCE_EXHAUSTED"},
    {429, envelope("rateLimitExceeded", "m"), retry, cause::throttled, false,
     "rateLimitExceeded"},
    {429, "", retry, cause::throttled, false, "http_429"},
    // Not there
    {404, envelope("notFound", "Not found: Table p:d.t"), retry, cause::missing,
     false, "notFound"},
    {404, html("Error 404"), retry, cause::missing, false, "http_404"},
    // Size for certain
    {413, envelope("uploadTooLarge", "m"), none, cause::too_large, false,
     "uploadTooLarge"},
    {413, html("Request Entity Too Large"), none, cause::too_large, false,
     "http_413"},
    {413, "", none, cause::too_large, false, "http_413"},
    // The service is not there
    {408, "", retry, cause::unavailable, true, "http_408"},
    {500, envelope("internalError", "m"), retry, cause::unavailable, true,
     "internalError"},
    {501, envelope("notImplemented", "m"), retry, cause::unavailable, true,
     "notImplemented"},
    {502, html("Bad Gateway"), retry, cause::unavailable, true, "http_502"},
    {503, envelope("backendError", "m"), retry, cause::unavailable, true,
     "backendError"},
    {504, envelope("timeout", "m"), retry, cause::unavailable, true, "timeout"},
    {599, "", retry, cause::unavailable, true, "http_599"},
    // Something in between
    {301, html("Moved"), retry, cause::unavailable, false, "redirect"},
    {302, envelope("x", "m"), retry, cause::unavailable, false, "redirect"},
    {304, "", retry, cause::unavailable, false, "redirect"},
    {307, "", retry, cause::unavailable, false, "redirect"},
    // Other refusals
    {402, "", none, cause::rejected, false, "http_402"},
    {405, "", none, cause::rejected, false, "http_405"},
    {409, envelope("duplicate", "m"), none, cause::rejected, false,
     "duplicate"},
    {412, envelope("conditionNotMet", "m"), none, cause::rejected, false,
     "conditionNotMet"},
    {414, "", none, cause::rejected, false, "http_414"},
    {451, "", none, cause::rejected, false, "http_451"},
    // No status of a final answer
    {0, "", retry, cause::unavailable, true, "http_0"},
    {-1, "", retry, cause::unavailable, true, "http_-1"},
    {100, "", retry, cause::unavailable, true, "http_100"},
    {199, "{}", retry, cause::unavailable, true, "http_199"},
    {600, "", retry, cause::unavailable, true, "http_600"},
    {99999, "{}", retry, cause::unavailable, true, "http_99999"},
  };
  for (const auto& x : cases) {
    auto result = classify(answered(x.status, x.body), rows(2));
    auto what = std::to_string(x.status) + " " + x.body;
    EXPECT_EQ(result.verdict, x.want) << what;
    EXPECT_EQ(result.cause, x.cause) << what;
    EXPECT_EQ(result.uncertain, x.uncertain) << what;
    EXPECT_EQ(result.reason, x.reason) << what;
    EXPECT_EQ(result.status, x.status);
    EXPECT_FALSE(result.message.empty()) << what;
    EXPECT_TRUE(result.rows.empty()) << what;
  }
}

TEST(classify, a_refusal_keeps_the_words_of_the_service) {
  auto x = classify(answered(400, envelope("invalid", "Not so.", "rows[3].x")),
                    rows(9));
  EXPECT_EQ(x.reason, "invalid");
  EXPECT_EQ(x.message, "Not so.");
  EXPECT_EQ(x.location, "rows[3].x");
  x = classify(answered(502, "<b>\nBad\tGateway\xFF"), rows(9));
  EXPECT_EQ(x.message, "HTTP 502: <b> Bad Gateway\xEF\xBF\xBD");
  x = classify(answered(503), rows(9));
  EXPECT_EQ(x.message, "HTTP 503");
  // But for what could steer a terminal.
  x = classify(answered(502, "\xC2\x9B\x1B[2J"), rows(9));
  EXPECT_EQ(x.message, "HTTP 502: \xEF\xBF\xBD\xEF\xBF\xBD[2J");
  x = classify(answered(400, envelope("invalid", "a\xE2\x80\xAE\xC2\x9Bz")),
               rows(9));
  EXPECT_EQ(x.message, "a\xEF\xBF\xBD\xEF\xBF\xBDz");
}

TEST(classify, a_request_without_rows_has_none_to_blame) {
  auto body = envelope("invalid", "No rows present in the request.");
  auto x = classify(answered(400, body), rows(0));
  EXPECT_EQ(x.verdict, verdict::fail);
  EXPECT_EQ(x.cause, cause::rejected);
  x = classify(with_errors(named(0, "invalid")), rows(0));
  EXPECT_EQ(x.verdict, verdict::retry);
  EXPECT_EQ(classify(answered(200, "{}"), rows(0)).verdict, verdict::stored);
}

TEST(classify, an_early_refusal_is_one_and_nothing_is_stored) {
  for (auto status : {408, 500, 503, 599, 0}) {
    auto x = answered(status);
    x.early = true;
    auto result = classify(x, rows(1));
    EXPECT_EQ(result.cause, cause::unavailable) << status;
    EXPECT_FALSE(result.uncertain) << status;
  }
  auto x = answered(413, html("Too large"));
  x.early = true;
  EXPECT_EQ(classify(x, rows(1)).cause, cause::too_large);
}

TEST(classify, no_answer_is_uncertain_once_the_body_was_sent) {
  struct {
    http::reach reach;
    bool uncertain;
    std::string reason;
  } cases[] = {
    {reach::not_sent, false, "connect"},
    {reach::body_cut, false, "cut"},
    {reach::body_sent, true, "cut"},
    {reach::answer_cut, true, "cut"},
  };
  for (const auto& c : cases) {
    answer x;
    x.reach = c.reach;
    // What was seen of an answer that was cut means nothing.
    x.status = 200;
    x.body = "{}";
    x.retry_after = "7";
    x.error = "reset by peer\xFF";
    auto check = [&](const std::string& reason) {
      auto result = classify(x, rows(2));
      EXPECT_EQ(result.verdict, verdict::retry);
      EXPECT_EQ(result.cause, cause::unavailable);
      EXPECT_EQ(result.uncertain, c.uncertain);
      EXPECT_EQ(result.reason, reason);
      EXPECT_EQ(result.message, "reset by peer\xEF\xBF\xBD");
      EXPECT_EQ(result.status, 0);
      EXPECT_EQ(result.retry_after, std::nullopt);
      // Only a peer that closes may mean that the body is too large.
      EXPECT_EQ(result.body_cut,
                c.reach == reach::body_cut && !x.timed_out && !x.cancelled);
    };
    check(c.reason);
    x.timed_out = true;
    check("timeout");
    x.cancelled = true;
    check("cancelled");
  }
  answer x;
  x.reach = reach::answer_cut;
  x.answer_too_large = true;
  EXPECT_EQ(classify(x, rows(2)).reason, "unreadable");
}

TEST(classify, a_proxy_that_refuses_is_no_refusal_of_the_service) {
  struct {
    int status;
    http::cause cause;
  } cases[] = {
    {407, cause::forbidden},   {403, cause::forbidden},
    {502, cause::unavailable}, {404, cause::unavailable},
    {413, cause::unavailable}, {302, cause::unavailable},
  };
  for (const auto& c : cases) {
    answer x;
    x.proxy_status = c.status;
    x.error = "no tunnel";
    auto result = classify(x, rows(2));
    EXPECT_EQ(result.verdict, verdict::retry) << c.status;
    EXPECT_EQ(result.cause, c.cause) << c.status;
    EXPECT_FALSE(result.uncertain);
    EXPECT_EQ(result.status, 0);
    EXPECT_EQ(result.reason, "proxy");
    EXPECT_EQ(result.message, "no tunnel");
  }
}

TEST(classify, a_retry_says_when) {
  auto x = answered(503);
  x.retry_after = "120";
  EXPECT_EQ(classify(x, rows(1)).retry_after, 120s);
  x.retry_after = "Sun, 06 Nov 1994 08:50:00 GMT";
  EXPECT_EQ(classify(x, rows(1)).retry_after, 23s);
  x.status = 403;
  x.body = envelope("quotaExceeded", "m");
  EXPECT_EQ(classify(x, rows(1)).retry_after, 23s);
  x.retry_after = "-5";
  EXPECT_EQ(classify(x, rows(1)).retry_after, std::nullopt);
  x.retry_after = "7";
  x.status = 413;
  EXPECT_EQ(classify(x, rows(1)).retry_after, std::nullopt);
  x.status = 200;
  x.body = "{}";
  EXPECT_EQ(classify(x, rows(1)).retry_after, std::nullopt);
}

TEST(classify, reads_fifty_thousand_errors_quickly) {
  std::string elements;
  for (std::uint32_t i = 50'000; i-- > 0;)
    elements += named(i, i % 3 == 0 ? "invalid" : "stopped",
                      "Cannot convert value to integer (bad value): x", "a.b")
                + (i > 0 ? "," : "");
  auto x = with_errors(elements);
  auto start = std::chrono::steady_clock::now();
  auto result = classify(x, rows(50'000));
  auto elapsed = std::chrono::steady_clock::now() - start;
  EXPECT_EQ(result.rows.size(), 50'000u);
  for (std::uint32_t i = 0; i < result.rows.size(); ++i)
    ASSERT_EQ(result.rows[i].index, i);
  // A fraction of this; but sanitizers and busy machines are slow.
  EXPECT_LT(elapsed, 20s);
}

TEST(classify, names_each_row_once_however_often_the_service_does) {
  std::string elements = named(1, "invalid");
  for (auto i = 0; i < 20'000; ++i)
    elements += "," + named(0, "timeout") + "," + named(1, "stopped");
  auto result = classify(with_errors(elements), rows(3));
  ASSERT_EQ(result.rows.size(), 3u);
  EXPECT_EQ(result.rows[0].verdict, later);
  EXPECT_EQ(result.rows[1].verdict, fail);
  EXPECT_EQ(result.rows[2], innocent(2));
}

TEST(classify, keeps_its_promises_for_any_answer) {
  // Good answers with bytes changed, inserted and cut away.
  const std::string bodies[] = {
    with_errors(named(1, "invalid", "caf\xC3\xA9", "x") + ","
                + named(0, "stopped") + "," + named(2, "backendError"))
      .body,
    envelope("quotaExceeded", "m", "l"),
    R"({"kind":"bigquery#tableDataInsertAllResponse"})",
  };
  const int statuses[] = {200, 200, 200, 400, 403, 404, 500, 0, 302, 413};
  std::mt19937 engine{20260131};
  auto below = [&](std::size_t bound) {
    return static_cast<std::size_t>(engine()) % bound;
  };
  for (auto i = 0; i < 30'000; ++i) {
    auto x = answered(statuses[below(std::size(statuses))],
                      bodies[below(std::size(bodies))]);
    for (auto changes = below(4); changes > 0; --changes) {
      auto at = below(x.body.size() + 1);
      if (below(2) == 0)
        x.body.insert(at, 1, static_cast<char>(below(256)));
      else
        x.body.erase(at, 1 + below(4));
    }
    auto result = classify(x, rows(3, below(2) == 0));
    ASSERT_TRUE(is_utf8(result.reason + result.message + result.location));
    ASSERT_EQ(result.rows.empty(), result.verdict != verdict::partial);
    ASSERT_EQ(result.cause == cause::none,
              result.verdict == verdict::stored
                || result.verdict == verdict::partial);
    if (result.cause == cause::none) {
      ASSERT_EQ(x.status, 200);
    }
    std::uint32_t next = 0;
    for (const auto& row : result.rows) {
      ASSERT_GE(row.index, next);
      ASSERT_LT(row.index, 3u);
      ASSERT_TRUE(is_utf8(row.reason + row.message + row.location));
      ASSERT_FALSE(row.reason.empty());
      next = row.index + 1;
    }
  }
}

TEST(classify, tells_whose_quota_it_is) {
  struct {
    int status;
    std::string body;
    bool of_project;
  } cases[] = {
    // The words of the service, and of none that is known.
    {403,
     envelope("quotaExceeded",
              "Your entity with gaia_id: 1, project: p in region: us exceeded "
              "quota for insert bytes per second."),
     true},
    {403,
     envelope("quotaExceeded", "Your project: p in us exceeded quota for "
                               "streaming insert rows per second."),
     true},
    {403,
     envelope("quotaExceeded", "Your table: project_a exceeded quota for "
                               "streaming insert bytes per second."),
     false},
    {403, envelope("rateLimitExceeded", "Exceeded rate limits"), false},
    {429, "", false},
    // A project that is closed is no quota.
    {403, envelope("accessDenied", "Access Denied: Project p"), false},
  };
  for (auto& x : cases)
    EXPECT_EQ(classify(answered(x.status, x.body), rows(3)).of_project,
              x.of_project)
      << x.body;
}

} // namespace bqs::http
