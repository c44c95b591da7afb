#include "http/token_answer.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>

#include <nlohmann/json.hpp>

#include "http/json_text.hpp"
#include "http/lower.hpp"
#include "http/rfc3339.hpp"

namespace bqs::http {

namespace {

using nlohmann::json;
using std::chrono::seconds;

/// Longer ones are not believed: no token of Google lives half a day.
constexpr seconds longest{24 * 3600};
constexpr std::size_t most_token_bytes = 32u << 10;

/// A code such as `invalid_grant`.
bool is_word(std::string_view x) {
  return !x.empty() && x.size() <= 64
         && std::all_of(x.begin(), x.end(), [](char c) {
              return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
                     || (c >= '0' && c <= '9') || c == '_' || c == '-';
            });
}

bool is_token(std::string_view x) {
  return !x.empty() && x.size() <= most_token_bytes
         && std::all_of(x.begin(), x.end(),
                        [](char c) { return c > ' ' && c < 0x7f; });
}

bool is_bearer(const std::string& x) {
  return x.empty() || lower(x) == "bearer";
}

/// A number, or the digits of one: both have been seen.
std::optional<seconds> span_of(const json& object) {
  auto& span = member_of(object, "expires_in");
  double value = 0;
  if (span.is_number()) {
    value = span.get<double>();
  } else if (span.is_string()) {
    auto& text = span.get_ref<const std::string&>();
    auto last = text.data() + text.size();
    auto [end, error] = std::from_chars(text.data(), last, value);
    if (error != std::errc{} || end != last)
      return std::nullopt;
  }
  if (!(value >= 1)) // nor is NaN
    return std::nullopt;
  auto most = static_cast<double>(longest.count());
  return seconds{static_cast<seconds::rep>(std::min(value, most))};
}

std::string failure(const std::string& who, const std::string& why) {
  return who + ": " + why;
}

} // namespace

std::string describe_refusal(const answer& x, const std::string& who,
                             const secrets& hidden) {
  if (x.reach != reach::answered)
    return failure(who, x.error);
  auto result = "HTTP " + std::to_string(x.status);
  if (x.status >= 300 && x.status < 400)
    return failure(who, result + ", and redirects are not followed");
  auto body = parse_json(x.body);
  // OAuth has two texts, Google's other services an object.
  auto& error = member_of(body, "error");
  auto oauth = error.is_string();
  auto code = oauth ? error.get<std::string>() : text_of(error, "status");
  auto words
    = oauth ? text_of(body, "error_description") : text_of(error, "message");
  if (is_word(code) && redact(code, hidden) == code)
    result += ", " + code;
  if (!words.empty())
    result += ": " + quote_safely(words, hidden);
  return failure(who, result);
}

granted read_grant(const answer& x, const std::string& who,
                   const secrets& hidden) {
  if (x.reach != reach::answered || x.status != 200)
    return describe_refusal(x, who, hidden);
  auto body = parse_json(x.body);
  if (!body.is_object())
    return failure(who,
                   std::string{"the answer is "} + object_fault(x.body, body));
  auto token = text_of(body, "access_token");
  if (!is_token(token))
    return failure(who, "access_token of the answer is not a token");
  auto span = span_of(body);
  if (!span)
    return failure(who, "expires_in of the answer is not a time");
  if (!is_bearer(text_of(body, "token_type")))
    return failure(who, "token_type of the answer is not Bearer");
  return grant{std::move(token), *span};
}

granted read_impersonation(const answer& x, const std::string& who,
                           const secrets& hidden,
                           std::chrono::system_clock::time_point now) {
  if (x.reach != reach::answered || x.status != 200)
    return describe_refusal(x, who, hidden);
  auto body = parse_json(x.body);
  if (!body.is_object())
    return failure(who,
                   std::string{"the answer is "} + object_fault(x.body, body));
  auto token = text_of(body, "accessToken");
  if (!is_token(token))
    return failure(who, "accessToken of the answer is not a token");
  auto until = parse_rfc3339(text_of(body, "expireTime"));
  if (!until)
    return failure(who, "expireTime of the answer is not a time");
  auto span = std::chrono::floor<seconds>(*until - now);
  if (span < seconds{1})
    return failure(who, "the token has ended by the clock of this machine");
  return grant{std::move(token), std::min(span, longest)};
}

} // namespace bqs::http
