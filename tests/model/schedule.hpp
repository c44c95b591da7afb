#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace bqs::model {

/// What happens to the node next. Its numbers pick from whatever there is when
/// it happens, so that an event means something in any schedule.
struct event {
  enum class what : std::uint8_t {
    /// A block arrives; `c` may make it one that was sent before.
    block,
    /// A single row arrives.
    row,
    /// A sender asks about a block.
    ask,
    flush,
    /// Time passes: `a` milliseconds.
    wait,
    /// A long time passes.
    jump,
    /// A post is answered: `a` picks it, `b` how, `c` for which rows.
    answer,
    /// As above, well.
    store,
    /// An actor dies: `a` picks its kind, `b` which one.
    crash,
    pause,
    resume,
    /// The subscriber acknowledges, or no longer does.
    listen,
    /// The disk takes dead letters, or no longer does.
    disk,
  };

  what kind = what::wait;
  std::uint32_t a = 0;
  std::uint32_t b = 0;
  std::uint32_t c = 0;
};

struct schedule {
  /// Of the node's settings.
  std::uint32_t settings = 0;
  std::vector<event> events;
};

/// Returns the schedule of a seed.
schedule make_schedule(std::uint32_t seed);

/// Returns the schedule as lines for people.
std::string to_text(const schedule& x);

/// Leaves out of a schedule whatever is not needed to break the promise.
/// @param broken tells how a schedule breaks it; nothing if it does not.
schedule shrink(
  schedule x,
  const std::function<std::optional<std::string>(const schedule&)>& broken);

} // namespace bqs::model
