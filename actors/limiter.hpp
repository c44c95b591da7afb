#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "actors/batch.hpp"

namespace bqs {

/// How many requests may be in flight at once, over all tables. Finds the
/// smallest number that gives the most throughput: starts small, doubles while
/// that pays, then tries a few more and a few less, over and over, and keeps
/// what was better. What counts is how many are in flight: where tables have
/// shares, a larger number may leave that as it is, and shows nothing before it
/// is larger still. Much of it is trial, since the latency of a request tells
/// little here: requests are of all sizes, and grow while they wait.
///
/// Rates are measured while requests have to wait, for a slot or for their
/// table's share of them, and only then: else the number is not what holds rows
/// back. What was served decides, for requests fail for reasons of all kinds: a
/// table in trouble, or a service that loses one in ten, needs no fewer at
/// once. But a larger number with which clearly more fail is not kept, and
/// where suddenly most fail it is an outage: as few as can be go at once, and
/// the search begins anew. Quotas are no matter of this: `pace` sees to them.
///
/// No clock: time comes in with the calls, and never goes back.
class limiter {
public:
  /// How a request ended.
  enum class ending : std::uint8_t {
    /// The service took what was in it.
    served,
    /// There was no service: 5xx, timeout, connection.
    failed,
    /// It tells nothing: refused for its rows, its table, its credential.
    other,
  };

  /// @param most largest number ever.
  /// @param start where the search begins; 0: always `most`.
  limiter(std::uint32_t most, std::uint32_t start);

  /// Requests that may be in flight now; at least 1.
  std::uint32_t limit() const noexcept {
    return limit_;
  }

  /// Whether requests have to wait from now on, for a slot or for their table's
  /// share of them, while so many are in flight.
  void note_waiting(bool waiting, std::size_t in_flight, time_point now);

  /// A request has ended.
  /// @param bytes of its body.
  void note(ending how, std::size_t bytes, time_point now);

private:
  /// What a window is to find out.
  enum class phase : std::uint8_t {
    /// Whether twice as many give more.
    doubling,
    /// What the present number gives.
    holding,
    /// Whether a few more give more,
    more,
    /// or a few less as much.
    fewer,
  };

  /// Whether requests have to wait, but for the moment it takes one of them to
  /// use its slot.
  bool is_pressed(time_point now) const noexcept;
  /// For how long of the window they had to.
  std::chrono::nanoseconds waited(time_point now) const noexcept;
  /// How many were in flight, on the average.
  double used() const noexcept;
  /// By how much more, or less if below 0, than with what is known.
  double growth() const noexcept;
  /// Whether a larger number has not brought many more into flight, or a
  /// smaller one left many out.
  bool shows_nothing() const noexcept;
  void begin(phase next, std::uint32_t limit, time_point now);
  void finish_window(time_point now);
  void judge(double rate, time_point now);
  /// The present number is the best one from now on.
  void keep(double rate);
  void settle(bool moved, time_point now);
  std::uint32_t step() const noexcept;
  std::uint32_t least() const noexcept;
  /// The part of the window's requests that failed.
  double failed_share() const noexcept;
  /// Whether clearly more of them failed than this part, and than is usual
  /// with the number that is known.
  bool fails_more_than(double share) const noexcept;
  /// Whether enough was served to tell a rate.
  bool tells() const noexcept;

  std::uint32_t most_;
  bool fixed_;
  std::uint32_t limit_;
  phase phase_ = phase::doubling;

  // -- the window -------------------------------------------------------------

  time_point since_{};
  /// Requests that were sent under an earlier limit, and do not count.
  std::uint32_t skip_ = 0;
  std::uint32_t served_ = 0;
  std::uint32_t failed_ = 0;
  /// Of those that were served, those that ended while others had to wait, and
  /// their bytes.
  std::uint32_t pressed_ = 0;
  double bytes_ = 0;
  /// How many were in flight then, in sum.
  double in_flight_ = 0;
  bool waiting_ = false;
  std::size_t last_in_flight_ = 0;
  /// When the last span of waiting began, and ended if it has.
  time_point waiting_since_{};
  time_point waiting_until_{};
  /// What spans before it came to.
  std::chrono::nanoseconds waited_{0};

  // -- what was found ---------------------------------------------------------

  /// Bytes in a second that `known_` requests gave; 0: not known.
  double rate_ = 0;
  std::uint32_t known_ = 0;
  /// How many were in flight with it.
  double known_used_ = 0;
  /// The part of them that failed all the same.
  double lost_ = 0;
  /// Half of what was known when there was an outage: so far the search goes
  /// without asking whether it pays, for just after one rates tell little.
  std::uint32_t trusted_ = 0;
  /// The most that was seen lately.
  double best_ = 0;
  /// Where the next trial goes: on as long as that pays, else back.
  bool up_next_ = true;
  /// Trials in a row that paid.
  std::uint32_t streak_ = 0;
  /// Windows to hold until the next trial, and how many after the one after.
  std::uint32_t hold_ = 0;
  std::uint32_t patience_ = 1;
};

} // namespace bqs
