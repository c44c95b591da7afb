#pragma once

#include <chrono>
#include <cstddef>
#include <optional>

#include "actors/batch.hpp"

namespace bqs {

/// How fast rows may go to something that has a quota, a table or a project.
/// There is no limit until the service refuses a request for it. Then the pace
/// is a little below what was taken lately, comes back to it slowly, and then
/// goes beyond, faster and faster, until the next one. So of many requests few
/// are refused, little of the quota is left unused, and one that has grown is
/// found within seconds. While nothing is taken at all it becomes a guess, down
/// to what little is tried; with the first that is taken the guess goes back to
/// what was known, in seconds. Long after the last refusal it is free again.
///
/// No clock: time comes in with the calls, and never goes back.
class pace {
public:
  /// When the next request may start.
  time_point free_at() const noexcept {
    return free_at_;
  }

  /// A request starts.
  /// @param bytes of its body.
  void start(std::size_t bytes, time_point now);

  /// One that started at `since` was not sent after all.
  void give_back(std::size_t bytes, time_point since, time_point now);

  /// A request that started at `since` was taken by the service.
  void taken(std::size_t bytes, time_point since, time_point now);

  /// A request that started at `since` was refused for the quota.
  void refused(std::size_t bytes, time_point since, time_point now);

  /// Bytes in a second; nothing if there is no limit.
  std::optional<double> rate(time_point now) const;

  /// Whether it is as good as one that was just made.
  bool idle(time_point now) const;

private:
  double progress(time_point now) const;
  void count(std::size_t bytes, time_point now);
  double lately(time_point now) const;

  // -- what was taken lately --------------------------------------------------

  time_point before_since_{};
  double before_ = 0;
  time_point since_{};
  double now_ = 0;

  // -- the limit --------------------------------------------------------------

  /// What the last refusal behind something taken has shown to be possible; 0:
  /// no limit.
  double known_ = 0;
  /// What is tried instead while there is not much to go by, for nothing was
  /// taken before the last refusal; 0 otherwise.
  double guess_ = 0;
  time_point cut_at_{};
  /// Requests taken since, the first of them when.
  double taken_ = 0;
  time_point back_at_{};
  /// Their bytes.
  double bytes_ = 0;
  time_point free_at_{};
};

} // namespace bqs
