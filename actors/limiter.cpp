#include "actors/limiter.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace bqs {

namespace {

using namespace std::chrono_literals;
using seconds = std::chrono::duration<double>;

/// A window lasts so long at least: shorter ones see the scheduler of the
/// machine more than the service.
constexpr auto least_window = 100ms;

/// And no longer than this, however slow the answers.
constexpr auto longest_window = 10s;

/// So long it takes at most until one that got a slot has used it, and the next
/// one waits.
constexpr auto longest_turn = 5ms;

/// Requests that a window needs, and for each that may be in flight.
constexpr std::uint32_t least_requests = 32;
constexpr std::uint32_t rounds = 2;

/// Where most fail, fewer served ones than this tell nothing: they may be those
/// that were on their way when the outage began.
constexpr std::uint32_t few = 4;

/// Twice as many must give so much more, or the doubling ends.
constexpr double doubling_pays = 1.3;

/// A number that gives this much of what a larger one gives is as good.
constexpr double as_good = 0.98;

/// But many small losses add up: none below this part of the best.
constexpr double best_share = 0.95;

/// What no trial can have lost: it is the service that has changed.
constexpr double changed_share = 0.9;

/// The best fades by this, window by window, for it may have been luck.
constexpr double fading = 0.995;

/// Where more requests than this find no service, it is an outage.
constexpr double outage_share = 0.5;

/// No larger number is kept with which more than this fail, unless as many do
/// anyway.
constexpr double tolerable_share = 0.2;

/// A share is above another one by so many standard deviations, or it may be
/// chance.
constexpr double margin = 3;

constexpr std::uint32_t most_patience = 16;

/// With so much more or less in flight a number is no longer what it was.
constexpr double same_use = 0.15;

/// Steps grow to half of what there is.
constexpr std::uint32_t longest_streak = 3;

} // namespace

limiter::limiter(std::uint32_t most, std::uint32_t start)
  : most_(std::max(most, 1u)), fixed_(start == 0),
    limit_(fixed_ ? most_ : std::min(start, most_)) {
  // nop
}

void limiter::note_waiting(bool waiting, std::size_t in_flight,
                           time_point now) {
  if (waiting)
    last_in_flight_ = in_flight;
  if (waiting == waiting_)
    return;
  if (waiting && !is_pressed(now)) {
    waited_ = waited(now);
    waiting_since_ = now;
  }
  waiting_ = waiting;
  waiting_until_ = now;
}

void limiter::note(ending how, std::size_t bytes, time_point now) {
  if (fixed_ || how == ending::other)
    return;
  if (since_ == time_point{})
    begin(phase_, limit_, now);
  if (skip_ > 0) {
    if (--skip_ == 0 || now - since_ >= longest_window)
      begin(phase_, limit_, now); // from here on it counts
    return;
  }
  if (how == ending::failed) {
    ++failed_;
  } else {
    ++served_;
    if (is_pressed(now)) {
      ++pressed_;
      in_flight_ += static_cast<double>(last_in_flight_);
      bytes_ += static_cast<double>(bytes);
    }
  }
  // An outage is noticed at once, not at the end of a long window.
  auto outage = fails_more_than(outage_share);
  auto enough = pressed_ + failed_ >= std::max(least_requests, rounds * limit_)
                && waited(now) >= least_window && tells();
  if (outage || enough || now - since_ >= longest_window)
    finish_window(now);
}

/// What is in flight by now was sent under the old limit; where that has ended
/// already, or never comes, the time ends the wait.
void limiter::begin(phase next, std::uint32_t limit, time_point now) {
  limit = std::clamp(limit, least(), most_);
  skip_ = limit == limit_ ? 0 : limit_;
  phase_ = next;
  limit_ = limit;
  since_ = now;
  served_ = 0;
  failed_ = 0;
  pressed_ = 0;
  in_flight_ = 0;
  bytes_ = 0;
  waited_ = 0ns;
  waiting_since_ = waiting_ ? now : waiting_until_;
}

void limiter::finish_window(time_point now) {
  auto span = now - since_;
  auto trial
    = phase_ == phase::more || (phase_ == phase::doubling && known_ > 0);
  if (trial && fails_more_than(tolerable_share))
    return settle(false, now);
  if (fails_more_than(outage_share)) {
    // What fails even with the least has nothing to do with the number.
    lost_ = limit_ == least() ? failed_share() : 0;
    if (known_ > 0)
      trusted_ = std::max(known_, trusted_) / 2;
    rate_ = 0;
    known_ = 0;
    best_ = 0;
    patience_ = 1;
    streak_ = 0;
    up_next_ = true;
    begin(phase::doubling, least(), now);
    return;
  }
  // Few that came in bursts tell little, and so do few where most fail.
  auto pressed = waited(now);
  auto burst = pressed_ >= least_requests / 2 && pressed >= least_window;
  if ((pressed * 5 < span * 4 && !burst) || !tells()) {
    begin(phase_, limit_, now);
    return;
  }
  judge(bytes_ / std::max(seconds{pressed}.count(), 1e-9), now);
}

void limiter::judge(double rate, time_point now) {
  best_ = std::max(best_ * fading, rate);
  auto before = rate_;
  auto base = known_;
  switch (phase_) {
    case phase::doubling:
      if (rate >= before * doubling_pays || limit_ <= trusted_
          || shows_nothing()) {
        keep(rate);
        if (limit_ < most_)
          return begin(phase::doubling, limit_ * 2, now);
        return settle(true, now);
      }
      // The smaller number, unless the larger one was clearly better.
      if (rate > before / best_share)
        keep(rate);
      return settle(true, now);
    case phase::holding: {
      // Measured anew each time: the service changes.
      auto same = before > 0 && base == limit_ && std::abs(growth()) < same_use;
      auto with = [same](double x, double y) { return same ? (x + y) / 2 : y; };
      lost_ = with(lost_, failed_share());
      rate_ = with(before, rate);
      known_used_ = with(known_used_, used());
      known_ = limit_;
      if (rate_ < best_ * changed_share)
        best_ = rate_;
      if (hold_ > 0)
        --hold_;
      if (hold_ > 0)
        return begin(phase::holding, limit_, now);
      up_next_ = limit_ <= least() || (up_next_ && limit_ < most_);
      return up_next_ ? begin(phase::more, limit_ + step(), now)
                      : begin(phase::fewer, limit_ - step(), now);
    }
    case phase::more: {
      if (growth() <= -same_use)
        return settle(false, now); // it is the known one that shows nothing
      if (shows_nothing())
        return limit_ < most_ ? begin(phase::more, limit_ + step(), now)
                              : settle(false, now);
      // Half of what it gives at best: beyond the knee it gives nothing.
      auto gain = static_cast<double>(limit_ - base) / base / 2;
      auto better = rate >= before * (1 + std::min(gain, growth() / 2));
      if (better)
        keep(rate);
      return settle(better, now);
    }
    case phase::fewer: {
      // Of a burst the first ones end while others wait, and those are quick.
      auto steady = waited(now) * 5 >= (now - since_) * 4;
      auto good = rate >= before * as_good && rate >= best_ * best_share
                  && steady && !shows_nothing();
      if (good)
        keep(rate);
      return settle(good, now);
    }
  }
}

void limiter::keep(double rate) {
  rate_ = rate;
  known_ = limit_;
  known_used_ = used();
  lost_ = failed_share();
}

/// Goes on with the number that is known to be the best.
void limiter::settle(bool moved, time_point now) {
  if (moved) { // there may be more that way
    patience_ = 1;
    streak_ = std::min(streak_ + 1, longest_streak);
  } else {
    patience_ = std::min(patience_ * 2, most_patience);
    streak_ = 0;
    up_next_ = !up_next_;
  }
  hold_ = patience_;
  begin(phase::holding, known_, now);
}

/// One at a time would leave a table that is well behind every request of one
/// that is in trouble.
std::uint32_t limiter::least() const noexcept {
  return std::min(2u, most_);
}

double limiter::used() const noexcept {
  return pressed_ == 0 ? 0 : in_flight_ / pressed_;
}

double limiter::growth() const noexcept {
  return known_used_ == 0 ? 0 : used() / known_used_ - 1;
}

bool limiter::shows_nothing() const noexcept {
  if (known_ == 0)
    return false;
  auto wanted = static_cast<double>(limit_) / known_ - 1;
  return wanted > 0 ? growth() < wanted / 2 : growth() > wanted / 2;
}

bool limiter::is_pressed(time_point now) const noexcept {
  return waiting_ || now - waiting_until_ <= longest_turn;
}

std::chrono::nanoseconds limiter::waited(time_point now) const noexcept {
  return waited_ + ((waiting_ ? now : waiting_until_) - waiting_since_);
}

double limiter::failed_share() const noexcept {
  return static_cast<double>(failed_) / (served_ + failed_);
}

bool limiter::fails_more_than(double share) const noexcept {
  share = std::max(share, lost_);
  auto ended = static_cast<double>(served_ + failed_);
  auto chance = margin * std::sqrt(ended * share * (1 - share));
  return failed_ > ended * share + chance;
}

bool limiter::tells() const noexcept {
  return served_ > failed_ || served_ >= few;
}

std::uint32_t limiter::step() const noexcept {
  return std::max(limit_ * (1 + streak_) / 8, 1u);
}

} // namespace bqs
