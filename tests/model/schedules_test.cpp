#define CAF_SUITE schedules

#include <cstdlib>
#include <iostream>

#include <spdlog/spdlog.h>

#include "tests/model/world.hpp"

using namespace bqs::model;

namespace {

/// A number from the environment.
std::uint32_t given(const char* name, std::uint32_t otherwise) {
  auto text = std::getenv(name);
  return text == nullptr
           ? otherwise
           : static_cast<std::uint32_t>(std::strtoul(text, nullptr, 10));
}

} // namespace

// BQS_MODEL_SEED and BQS_MODEL_SCHEDULES choose which schedules are run, such
// as the one that failed.
CAF_TEST(the promise holds in any schedule) {
  spdlog::set_level(spdlog::level::off); // crashes are part of the game
  auto first = given("BQS_MODEL_SEED", 1);
  auto count = given("BQS_MODEL_SCHEDULES", 1000);
  for (auto seed = first; seed - first < count; ++seed) {
    auto whole = make_schedule(seed);
    auto why = run(whole);
    if (!why)
      continue;
    auto least = shrink(whole, run);
    why = run(least).value_or(*why + " (not every time)");
    CAF_FAIL("seed " << seed << ": " << *why << "\n" << to_text(least));
  }
  std::cout << count << " schedules from seed " << first << " on\n";
}
