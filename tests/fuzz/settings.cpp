// A configuration of any content: taken, or refused in one line that names it.
// What was taken is shown as it is read back.

#include <string>

#include "app/settings_reader.hpp"
#include "tests/fuzz/target.hpp"

using namespace bqs::app;
using bqs::test::demand;

namespace {

/// Writes the groups of a file that says the same; tables are left out.
std::string show(const settings& x) {
  std::string result;
  std::string group;
  for (auto& what : all_settings()) {
    if (what.group != group)
      result += "[" + what.group + "]\n";
    group = what.group;
    result += what.name + " = " + what.show(x, x.node.defaults) + "\n";
  }
  return result;
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto text = bqs::test::fuzz_input{data, size}.rest();
  auto result = read_settings("fuzz.ini", text, {});
  if (auto* line = std::get_if<std::string>(&result)) {
    demand(line->starts_with("fuzz.ini"), "the file is not named");
    demand(line->find('\n') == std::string::npos, "more than a line");
    return 0;
  }
  auto shown = show(std::get<settings>(result));
  auto again = read_settings("shown.ini", shown, {});
  demand(std::holds_alternative<settings>(again), "cannot be read back");
  demand(show(std::get<settings>(again)) == shown, "is read back otherwise");
  return 0;
}
