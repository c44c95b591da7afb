#include "tests/model/schedule.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace bqs::model {

namespace {

using what = event::what;

struct kind_entry {
  what kind;
  const char* name;
  /// How often it is picked, beside the others.
  std::uint32_t weight;
};

constexpr std::array<kind_entry, 13> kinds{{
  {what::block, "block", 20},
  {what::row, "row", 4},
  {what::ask, "ask", 3},
  {what::flush, "flush", 4},
  {what::wait, "wait", 20},
  {what::jump, "jump", 2},
  {what::answer, "answer", 25},
  {what::store, "store", 12},
  {what::crash, "crash", 4},
  {what::pause, "pause", 1},
  {what::resume, "resume", 2},
  {what::listen, "listen", 1},
  {what::disk, "disk", 1},
}};

} // namespace

schedule make_schedule(std::uint32_t seed) {
  std::mt19937 dice{seed};
  std::uint32_t sum = 0;
  for (auto& x : kinds)
    sum += x.weight;
  schedule result;
  result.settings = static_cast<std::uint32_t>(dice());
  auto length = 5 + dice() % 40;
  for (std::uint32_t i = 0; i < length; ++i) {
    auto at = dice() % sum;
    auto kind = kinds.begin();
    while (at >= kind->weight)
      at -= kind++->weight;
    event x{kind->kind};
    x.a = static_cast<std::uint32_t>(dice());
    x.b = static_cast<std::uint32_t>(dice());
    x.c = static_cast<std::uint32_t>(dice());
    result.events.push_back(x);
  }
  return result;
}

std::string to_text(const schedule& x) {
  auto result = "settings " + std::to_string(x.settings) + "\n";
  for (auto& y : x.events) {
    auto kind = std::find_if(kinds.begin(), kinds.end(),
                             [&](auto& z) { return z.kind == y.kind; });
    result += std::string{kind->name} + " " + std::to_string(y.a) + " "
              + std::to_string(y.b) + " " + std::to_string(y.c) + "\n";
  }
  return result;
}

schedule shrink(
  schedule x,
  const std::function<std::optional<std::string>(const schedule&)>& broken) {
  for (auto size = x.events.size(); size > 0; size /= 2) {
    for (std::size_t from = 0; from < x.events.size();) {
      auto fewer = x;
      auto begin = fewer.events.begin() + static_cast<std::ptrdiff_t>(from);
      auto n = std::min(size, x.events.size() - from);
      fewer.events.erase(begin, begin + static_cast<std::ptrdiff_t>(n));
      if (broken(fewer))
        x = std::move(fewer);
      else
        from += size;
    }
  }
  return x;
}

} // namespace bqs::model
