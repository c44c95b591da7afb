#include "http/classify.hpp"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "http/insert_all_answer.hpp"
#include "http/printable.hpp"
#include "http/retry_after.hpp"

namespace bqs::http {

namespace {

using namespace std::literals;

constexpr auto stopped = "stopped"sv;
/// The reason of an error that names none, as of a row that lacks its `json`.
constexpr auto invalid = "invalid"sv;
constexpr auto unreadable = "unreadable"sv;

/// What a status, and the words with it, decide.
struct ruling {
  http::verdict verdict;
  http::cause cause;
  bool uncertain = false;
};

constexpr ruling unavailable{verdict::retry, cause::unavailable};
/// As above, but the request may have been carried out.
constexpr ruling in_doubt{verdict::retry, cause::unavailable, true};
constexpr ruling forbidden{verdict::retry, cause::forbidden};
constexpr ruling throttled{verdict::retry, cause::throttled};
constexpr ruling too_large{verdict::fail, cause::too_large};
constexpr ruling rejected{verdict::fail, cause::rejected};
constexpr ruling nameless{verdict::fail, cause::nameless};

outcome make_outcome(const answer& x, const ruling& what,
                     std::string_view reason, std::string message) {
  outcome result;
  result.verdict = what.verdict;
  result.cause = what.cause;
  result.uncertain = what.uncertain;
  result.status = x.reach == reach::answered ? x.status : 0;
  result.reason = reason;
  result.message = std::move(message);
  return result;
}

// -- no answer ----------------------------------------------------------------

std::string_view transport_reason(const answer& x) noexcept {
  if (x.cancelled)
    return "cancelled";
  if (x.timed_out)
    return "timeout";
  if (x.proxy_status != 0)
    return "proxy";
  if (x.reach == reach::not_sent)
    return "connect";
  return x.answer_too_large ? unreadable : "cut";
}

/// A body that was cut is no JSON, so nothing of it is stored.
outcome judge_transport(const answer& x) {
  auto sent = x.reach == reach::body_sent || x.reach == reach::answer_cut;
  auto what = sent ? in_doubt : unavailable;
  // Its rules, or a password: people must act.
  if (x.proxy_status == 403 || x.proxy_status == 407)
    what = forbidden;
  auto result = make_outcome(x, what, transport_reason(x),
                             printable(x.error, max_message));
  result.body_cut = x.reach == reach::body_cut && !x.timed_out && !x.cancelled;
  return result;
}

// -- 2xx ----------------------------------------------------------------------

row_verdict judge_row(std::string_view reason) noexcept {
  if (reason == stopped)
    return row_verdict::again;
  if (reason == "timeout" || reason == "backendError"
      || reason == "internalError" || reason == "rateLimitExceeded")
    return row_verdict::later;
  return row_verdict::fail;
}

row_error make_row_error(named_error&& x) {
  if (x.error.reason.empty())
    x.error.reason = invalid;
  return {x.index, judge_row(x.error.reason), std::move(x.error.reason),
          std::move(x.error.message), std::move(x.error.location)};
}

/// Leaves one error for each row, the gravest; ascending by index.
void merge(std::vector<row_error>& rows) {
  static_assert(row_verdict::again < row_verdict::later
                && row_verdict::later < row_verdict::fail);
  auto before = [](const row_error& x, const row_error& y) {
    return x.index != y.index ? x.index < y.index : x.verdict > y.verdict;
  };
  auto same
    = [](const row_error& x, const row_error& y) { return x.index == y.index; };
  std::stable_sort(rows.begin(), rows.end(), before);
  rows.erase(std::unique(rows.begin(), rows.end(), same), rows.end());
}

/// Adds each row that is not named, as `stopped`.
void add_unnamed(std::vector<row_error>& rows, std::uint32_t count) {
  std::vector<row_error> all;
  all.reserve(count);
  auto named = rows.begin();
  for (std::uint32_t i = 0; i < count; ++i) {
    if (named != rows.end() && named->index == i)
      all.push_back(std::move(*named++));
    else
      all.push_back({i, row_verdict::again, std::string{stopped}, {}, {}});
  }
  rows = std::move(all);
}

/// The named rows of a 200 that makes sense.
outcome judge_named(const answer& x, const request_facts& facts,
                    std::vector<row_error> rows) {
  auto result = make_outcome(x, {verdict::partial, cause::none}, {}, {});
  // One row that does not fit the schema stops all; other errors do not.
  auto stops = [](const row_error& row) {
    return row.reason == stopped || row.reason == invalid;
  };
  auto none_stored
    = !facts.skip_invalid_rows && std::any_of(rows.begin(), rows.end(), stops);
  merge(rows);
  if (none_stored)
    add_unnamed(rows, facts.rows);
  result.rows = std::move(rows);
  return result;
}

outcome judge_success(const answer& x, const request_facts& facts) {
  // Whoever answers before the request is whole has not understood it.
  if (x.status != 200 || x.early || x.answer_too_large)
    return make_outcome(x, in_doubt, unreadable, "not an answer to insertAll");
  auto body = read_insert_all_answer(x.body);
  if (!body.readable || body.error)
    return make_outcome(x, in_doubt, unreadable, "not an answer to insertAll");
  if (body.insert_errors.empty())
    return make_outcome(x, {verdict::stored, cause::none}, {}, {});
  std::vector<row_error> rows;
  rows.reserve(body.insert_errors.size());
  for (auto& error : body.insert_errors) {
    if (error.index >= facts.rows)
      return make_outcome(x, in_doubt, unreadable,
                          "names a row that was not sent");
    rows.push_back(make_row_error(std::move(error)));
  }
  if (std::all_of(rows.begin(), rows.end(),
                  [](const row_error& row) { return row.reason == stopped; }))
    return make_outcome(x, in_doubt, stopped,
                        "rows were stopped, but no row is to blame");
  return judge_named(x, facts, std::move(rows));
}

// -- all others ---------------------------------------------------------------

bool contains(std::string_view text, std::string_view part) noexcept {
  auto lower = [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  };
  auto same = [lower](char x, char y) { return lower(x) == lower(y); };
  return std::search(text.begin(), text.end(), part.begin(), part.end(), same)
         != text.end();
}

/// A 400 is known by its words; the service has no codes for these.
struct known_text {
  std::string_view part;
  ruling what;
};

constexpr known_text known_texts[] = {
  {"is not writable in the region", unavailable},
  // Lost on the way: we know that there were rows.
  {"no rows present", unavailable},
  {"too many rows", too_large},
  {"payload size exceeds", too_large},
  {"row size exceeded", too_large},
  {"request is too large", too_large},
  {"request entity too large", too_large},
  // The front end's page for what is far over the limit.
  {"malformed or illegal request", too_large},
  {"has no schema", rejected},
  {"outside the allowed bounds", rejected},
  {"is not allowed for this operation", rejected},
  {"invalid project id", rejected},
  {"invalid dataset id", rejected},
  {"invalid table id", rejected},
};

/// @param text the message of the envelope, or the body if there is none.
ruling judge_400(std::string_view reason, std::string_view text,
                 const request_facts& facts) noexcept {
  if (reason == "tableUnavailable")
    return unavailable;
  if (reason == "uploadTooLarge" || reason == "requestTooLarge")
    return too_large;
  if (facts.rows == 0)
    return rejected; // no row can be to blame
  for (const auto& known : known_texts)
    if (contains(text, known.part))
      return known.what;
  return nameless;
}

ruling judge_403(std::string_view reason) noexcept {
  if (reason == "rateLimitExceeded" || reason == "userRateLimitExceeded"
      || reason == "quotaExceeded" || reason == "RESOURCE_EXHAUSTED")
    return throttled;
  return forbidden;
}

ruling judge_status(const answer& x, std::string_view reason,
                    std::string_view text, const request_facts& facts) {
  switch (x.status) {
    case 400:
      return judge_400(reason, text, facts);
    case 401:
      return {verdict::retry, cause::bad_token};
    case 407: // a proxy on the way: people must act, as with a 403
      return forbidden;
    case 403:
      return judge_403(reason);
    case 404:
      return {verdict::retry, cause::missing};
    case 413:
      return too_large;
    case 429:
      return throttled;
    default:
      break;
  }
  if (x.status >= 300 && x.status < 400)
    return unavailable;
  if (x.status >= 400 && x.status < 500 && x.status != 408)
    return rejected;
  // 408, 5xx, and what is no status of a final answer. A proxy's word says
  // nothing about the service behind it: only a body that was not sent to its
  // end is certainly not stored.
  return x.early ? unavailable : in_doubt;
}

/// A line on an answer without an envelope: the status and how its body begins.
std::string excerpt(const answer& x) {
  auto result = "HTTP " + std::to_string(x.status);
  auto begin = printable(std::string_view{x.body}.substr(0, 512), 256);
  return begin.empty() ? result : result + ": " + begin;
}

outcome judge_refusal(const answer& x, const request_facts& facts) {
  auto body = read_insert_all_answer(x.body);
  auto error = body.error.value_or(service_error{});
  // A page for people says what it says near its beginning.
  auto text = body.error ? std::string_view{error.message}
                         : std::string_view{x.body}.substr(0, 16u << 10);
  auto what = judge_status(x, error.reason, text, facts);
  if (x.status >= 300 && x.status < 400)
    error.reason = "redirect";
  else if (error.reason.empty())
    error.reason = "http_" + std::to_string(x.status);
  if (error.message.empty())
    error.message = excerpt(x);
  auto result = make_outcome(x, what, error.reason, std::move(error.message));
  result.location = std::move(error.location);
  result.of_project = result.cause == cause::throttled
                      && contains(result.message, "project")
                      && !contains(result.message, "your table");
  return result;
}

outcome judge(const answer& x, const request_facts& facts) {
  if (x.reach != reach::answered)
    return judge_transport(x);
  auto result = x.status >= 200 && x.status < 300 ? judge_success(x, facts)
                                                  : judge_refusal(x, facts);
  if (result.verdict == verdict::retry)
    result.retry_after = parse_retry_after(x.retry_after, facts.now);
  return result;
}

} // namespace

outcome classify(const answer& x, const request_facts& facts) {
  try {
    return judge(x, facts);
  } catch (...) {
    // Memory is short. What is not read is not stored; the words fit without
    // any allocation.
    return make_outcome(x, in_doubt, unreadable, {});
  }
}

} // namespace bqs::http
