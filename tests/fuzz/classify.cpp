// Any answer has an outcome, and none takes rows for stored that may not be.
//
// Input: flags, two bytes of status, number of rows, `Retry-After` up to the
// end of its line, and the body.

#include "http/classify.hpp"

#include <chrono>

#include <nlohmann/json.hpp>

#include "http/insert_all_answer.hpp"
#include "http/utf8.hpp"
#include "tests/fuzz/target.hpp"

using namespace bqs;
using namespace bqs::http;
using bqs::test::demand;

namespace {

void check_texts(const std::string& reason, const std::string& message,
                 const std::string& location) {
  demand(reason.size() <= max_reason && is_utf8(reason), "reason");
  demand(message.size() <= max_message && is_utf8(message), "message");
  demand(location.size() <= max_location && is_utf8(location), "location");
}

/// By another reader than ours.
void check_stored(const answer& x) {
  demand(x.reach == reach::answered && x.status == 200 && !x.early
           && !x.answer_too_large,
         "stored without an answer that says so");
  auto body = nlohmann::json::parse(to_utf8(x.body), nullptr, false);
  demand(body.is_object(), "stored, but the body is no object");
  demand(!body.contains("error") || body["error"].is_null(),
         "stored beside an error");
  demand(!body.contains("insertErrors") || body["insertErrors"].empty(),
         "stored beside errors of rows");
}

void check_rows(const outcome& x, std::uint32_t rows) {
  demand(!x.rows.empty() && x.rows.size() <= rows, "number of rows");
  for (std::size_t i = 0; i < x.rows.size(); ++i) {
    auto& row = x.rows[i];
    demand(row.index < rows, "a row that was not sent");
    demand(i == 0 || x.rows[i - 1].index < row.index, "rows do not ascend");
    demand(!row.reason.empty(), "a row without a reason");
    check_texts(row.reason, row.message, row.location);
  }
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  test::fuzz_input in{data, size};
  answer x;
  request_facts facts;
  auto flags = in.byte();
  x.reach
    = (flags & 1) == 0 ? reach::answered : static_cast<reach>((flags >> 1) % 4);
  x.early = (flags & 8) != 0;
  x.timed_out = (flags & 16) != 0;
  x.cancelled = (flags & 32) != 0;
  x.answer_too_large = (flags & 64) != 0;
  facts.skip_invalid_rows = (flags & 128) != 0;
  auto high = in.byte();
  x.status = static_cast<std::int16_t>(high << 8 | in.byte());
  facts.rows = in.byte();
  facts.now = 1'767'225'600;
  x.retry_after = in.until('\n');
  x.body = in.rest();
  x.error = in.rest();
  auto y = classify(x, facts);
  check_texts(y.reason, y.message, y.location);
  demand((y.verdict == verdict::partial) == !y.rows.empty(), "partial");
  demand(y.verdict != verdict::stored || y.reason.empty(), "a reason");
  if (y.verdict == verdict::stored)
    check_stored(x);
  if (y.verdict == verdict::partial)
    check_rows(y, facts.rows);
  if (y.retry_after)
    demand(y.verdict == verdict::retry && y.retry_after->count() >= 0
             && *y.retry_after <= std::chrono::years{1} + std::chrono::days{1},
           "retry-after");
  return 0;
}
