#include "actors/pace.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace bqs {

namespace {

using namespace std::chrono_literals;
using seconds = std::chrono::duration<double>;

/// Below what was known, at first.
constexpr double first_share = 0.98;

/// The first part of its way, back to what was known, takes so long and so
/// many requests, so that one refusal in hundred is the most; but not for
/// ever, for quotas grow.
constexpr double part_seconds = 6;
constexpr double part_requests = 100;
constexpr double longest_part = 60;

/// Behind it, it is so much beyond what was known, for so many seconds' worth.
/// A quota that is what it was is met here, by one request: the more is beyond
/// it, the more of those in flight are refused as well.
constexpr double step = 1.12;
constexpr double step_seconds = 2;

/// Then the quota has grown, and it grows by this in each second's worth. It
/// has to be steep: what goes beyond the quota must come to more than the
/// service lets one save up, or nothing is learned. When it is so many times
/// what was known there is no limit any more; but not while it holds back what
/// there is, for what was known may be far too little.
constexpr double further_gain = 1.5;
constexpr double free_from = 8;

/// Once something is taken a guess begins with this share of what was known,
/// and grows by this in a second until it is there. Seconds alone, and not
/// requests, bring it from there on its way.
constexpr double returning_share = 0.125;
constexpr double returning_gain = 2;

/// One that is not used is forgotten so long after its last refusal, which is
/// longer than trials are apart.
constexpr auto guess_kept = 2min;

/// So many requests taken tell what the service takes on the whole; what was
/// taken lately has what it had saved up in it. They lower what was known to
/// this share of it at most, for they may have been few by our own fault.
constexpr double telling_requests = 20;
constexpr double lowest_share = 0.9;

/// A refusal in the first tenth of the way: the limit was far too high.
constexpr double early = 0.1;
constexpr double early_share = 0.85;

/// What was not used for so long may be made up for.
constexpr auto credit = 250ms;

/// What is taken is counted for twice as long at most.
constexpr auto window = 4s;

/// No request is waited for longer, however large it was.
constexpr seconds longest_debt{10};

/// Longest wait behind a refusal, and what is always added to it, for those
/// requests that are still on their way. While it lasts the service saves up
/// for us, so that a long one puts the next refusal off to where more is beyond
/// the quota.
constexpr auto longest_pause = 1s;
constexpr auto landing = 100ms;

std::chrono::nanoseconds span(double x) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(seconds{x});
}

std::chrono::nanoseconds debt(std::size_t bytes, double rate) {
  return span(
    std::min(static_cast<double>(bytes) / rate, longest_debt.count()));
}

} // namespace

void pace::start(std::size_t bytes, time_point now) {
  if (auto x = rate(now))
    free_at_ = std::max(free_at_, now - credit) + debt(bytes, *x);
}

void pace::give_back(std::size_t bytes, time_point since, time_point now) {
  auto counted = since >= cut_at_; // else the pause is not all for it
  if (auto x = rate(now); x && counted)
    free_at_ -= debt(bytes, *x);
}

void pace::taken(std::size_t bytes, time_point since, time_point now) {
  count(bytes, now);
  // While it is a guess, what left before the refusal is no news.
  if (known_ == 0 || (guess_ > 0 && since < cut_at_))
    return;
  if (taken_ == 0) {
    back_at_ = now;
    if (guess_ > 0)
      free_at_ = now; // it was put off by what the guess was
  }
  taken_ += 1;
  bytes_ += static_cast<double>(bytes);
  if (*rate(now) >= free_from * std::max(known_, lately(now))) {
    known_ = 0;
    guess_ = 0;
    taken_ = 0;
    bytes_ = 0;
    free_at_ = {};
  }
}

void pace::refused(std::size_t bytes, time_point since, time_point now) {
  // What was sent before the last refusal was known is no news.
  if (known_ > 0 && since < cut_at_)
    return;
  auto size = static_cast<double>(std::max<std::size_t>(bytes, 1));
  auto seen = std::max(lately(now), size);
  // However long nothing is taken, it is tried.
  auto least = size / longest_debt.count();
  if (known_ == 0) {
    known_ = seen;
    guess_ = seen;
  } else if (taken_ == 0) {
    guess_ = std::max(std::min(*rate(now), seen), least);
  } else {
    if (guess_ == 0 && progress(now) < early) {
      known_ *= early_share;
    } else {
      auto x = std::min(*rate(now), seen);
      if (guess_ == 0 && taken_ >= telling_requests)
        x = std::min(x, std::max(bytes_ / seconds{now - cut_at_}.count(),
                                 lowest_share * std::min(x, known_)));
      known_ = x;
    }
    known_ = std::max(known_, least);
    guess_ = 0;
  }
  cut_at_ = now;
  taken_ = 0;
  bytes_ = 0;
  // Until what was too much is paid for.
  auto pause = std::min<std::chrono::nanoseconds>(span(size / *rate(now)),
                                                  longest_pause);
  free_at_ = std::max(free_at_, now + pause + landing);
}

std::optional<double> pace::rate(time_point now) const {
  if (known_ == 0)
    return std::nullopt;
  if (guess_ > 0 && taken_ == 0)
    return guess_;
  auto way = progress(now);
  if (guess_ > 0) {
    auto from = std::max(guess_, returning_share * known_);
    auto past = seconds{now - back_at_}.count();
    auto there
      = std::log(std::max(known_ / from, 1.0)) / std::log(returning_gain);
    if (past < there)
      return from * std::pow(returning_gain, past);
    way = (past - there) / part_seconds;
  }
  if (way < 1)
    return known_ * (first_share + (1 - first_share) * way);
  auto further = part_seconds * (way - 1) - step_seconds;
  return known_ * step * std::pow(further_gain, std::max(further, 0.0));
}

bool pace::idle(time_point now) const {
  // One that was refused and not used since would go up to no limit at once.
  return now - since_ >= 2 * window
         && (known_ == 0
             || (now >= free_at_
                 && (guess_ > 0 ? now - cut_at_ >= guess_kept
                                : *rate(now) >= free_from * known_)));
}

/// How far it is on its way: 0.5 is the middle of the first part, 1.5 as long
/// and as many requests again behind its end.
double pace::progress(time_point now) const {
  auto past = seconds{now - cut_at_}.count();
  return std::max(std::min(past / part_seconds, taken_ / part_requests),
                  past / longest_part);
}

void pace::count(std::size_t bytes, time_point now) {
  if (now - since_ >= window) {
    auto adjoining = now - since_ < 2 * window;
    before_ = adjoining ? std::exchange(now_, 0) : 0;
    before_since_ = adjoining ? since_ : now;
    now_ = 0;
    since_ = now;
  }
  now_ += static_cast<double>(bytes);
}

/// Bytes taken in a second, of late.
double pace::lately(time_point now) const {
  auto past = seconds{now - before_since_}.count();
  return (before_ + now_) / std::max(past, 1.0);
}

} // namespace bqs
