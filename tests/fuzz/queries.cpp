// What the sandbox is asked to run.

#include "http/utf8.hpp"
#include "sandbox/errors.hpp"
#include "sandbox/sql_parser.hpp"
#include "tests/fuzz/target.hpp"

using bqs::test::demand;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // As it comes out of a JSON string: always UTF-8.
  auto text = bqs::http::to_utf8(bqs::test::fuzz_input{data, size}.rest());
  try {
    demand(bqs::sandbox::sql::parse_query(text) != nullptr, "no query");
  } catch (const bqs::sandbox::refusal& why) {
    demand(why.status >= 400 && !why.message.empty(), "refused without words");
  }
  return 0;
}
