// Lines of a dead-letter file, written by anybody. What was read is written and
// read again as the same.

#include <string>

#include "app/dead_letter_parser.hpp"
#include "tests/fuzz/target.hpp"

using namespace bqs;
using bqs::test::demand;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static app::dead_letter_parser uut; // kept from line to line
  auto line = test::fuzz_input{data, size}.rest();
  auto result = uut.read(line);
  if (auto* why = std::get_if<std::string>(&result)) {
    demand(!why->empty(), "neither a row nor a reason");
    return 0;
  }
  auto& x = std::get<dead_letter>(result);
  std::string written;
  append_dead_letter(written,
                     dead_letter_head(x.time, x.table, x.why, x.attempts),
                     x.insert_id, x.row);
  demand(written.find('\n') + 1 == written.size(), "not one line");
  written.pop_back();
  auto again = uut.read(written);
  demand(std::holds_alternative<dead_letter>(again), "cannot be read back");
  demand(std::get<dead_letter>(again) == x, "is read back otherwise");
  return 0;
}
