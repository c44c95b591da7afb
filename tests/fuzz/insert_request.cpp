// What the sandbox is sent as a body of insertAll. Its reader and the judge of
// rows of the other side agree about what is JSON, but for a byte order mark,
// which only the sandbox passes over, and for the depth.

#include "sandbox/insert_request.hpp"

#include <algorithm>

#include "http/row_check.hpp"
#include "sandbox/errors.hpp"
#include "sandbox/row_scan.hpp"
#include "tests/fuzz/target.hpp"

using namespace bqs;
using namespace bqs::sandbox;
using bqs::test::demand;

namespace {

constexpr std::size_t max_depth = 100;

row_scan::count scan(std::string_view text, std::size_t cut) {
  row_scan uut;
  uut.feed(text.substr(0, cut));
  uut.feed(text.substr(cut));
  return uut.total();
}

std::string_view without_mark(std::string_view text) {
  constexpr std::string_view mark = "\xEF\xBB\xBF";
  return text.starts_with(mark) ? text.substr(mark.size()) : text;
}

/// How deep brackets are nested, at most. Those in strings count, too.
std::size_t brackets(std::string_view text) {
  return static_cast<std::size_t>(
    std::ranges::count_if(text, [](char c) { return c == '[' || c == '{'; }));
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto text = test::fuzz_input{data, size}.rest();
  auto result = tape::parse(text, max_depth);
  auto body = std::get_if<tape>(&result);
  auto fault = http::check_row(without_mark(text)).fault;
  auto json
    = fault == http::row_fault::none || fault == http::row_fault::not_an_object;
  demand(body == nullptr || json, "the sandbox takes what is no JSON");
  demand(body != nullptr || !json || brackets(text) > max_depth,
         "the sandbox refuses JSON");
  auto counted = scan(text, size / 2);
  if (body == nullptr)
    return 0;
  try {
    auto request = read_insert_request(*body);
    for (auto& row : request.rows)
      demand(count_characters(row.insert_id) <= row.insert_id.size(),
             "characters");
    demand(counted.whole && counted.bytes == size, "scanned as broken");
    demand(counted.rows == request.rows.size(), "number of rows");
  } catch (const refusal& why) {
    demand(why.status >= 400 && !why.message.empty(), "refused without words");
  }
  return 0;
}
