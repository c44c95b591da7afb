// What the service says, read as text from a stranger.

#include "http/insert_all_answer.hpp"

#include <nlohmann/json.hpp>

#include "http/utf8.hpp"
#include "tests/fuzz/target.hpp"

using namespace bqs;
using namespace bqs::http;
using bqs::test::demand;

namespace {

void check(const service_error& x) {
  demand(x.reason.size() <= max_reason && is_utf8(x.reason), "reason");
  demand(x.message.size() <= max_message && is_utf8(x.message), "message");
  demand(x.location.size() <= max_location && is_utf8(x.location), "location");
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto body = test::fuzz_input{data, size}.rest();
  auto answer = read_insert_all_answer(body);
  for (auto& x : answer.insert_errors)
    check(x.error);
  if (answer.error)
    check(*answer.error);
  // An entry takes four bytes at least, `{},` and more.
  demand(answer.insert_errors.size() <= size, "more errors than bytes");
  if (answer.readable)
    demand(nlohmann::json::parse(to_utf8(body), nullptr, false).is_object(),
           "readable, but no object");
  return 0;
}
