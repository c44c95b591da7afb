#include "actors/slot_shares.hpp"

#include <algorithm>

namespace bqs {

namespace {

using namespace std::chrono_literals;

/// Others reckon with a table for so long after it used a slot.
constexpr auto active_for = 10s;

/// Longer than the pause of a table that is in trouble: what it did is not
/// forgotten over it.
constexpr auto known_for = 60s;

/// No request is slow that takes less, however fast the others are.
constexpr std::chrono::nanoseconds least_slow = 1s;

/// So many answers make the median.
constexpr std::size_t window = 65;

} // namespace

slot_shares::slot_shares(std::uint32_t slots, std::uint32_t most)
  : slots_(slots), most_(most), slow_from_(least_slow) {
  // nop
}

bool slot_shares::any_free(time_point now) {
  return lively(now) < slots_ && used_ < most_;
}

void slot_shares::want(const std::string& table, time_point now) {
  touch(table, now);
}

bool slot_shares::may_take(const std::string& table, bool borrow,
                           time_point now) {
  auto& x = touch(table, now);
  if (active_ == 1)
    return true;
  if (on_probation(x))
    return false;
  // Slow tables have half of the slots together.
  if (is_slow(x, now)
      && held_by_slow(now) >= std::max<std::size_t>(slots_ / 2, 1))
    return false;
  if (x.taken.size() < share())
    return true;
  // Of those that slow tables leave.
  auto others = lively(now);
  return borrow && 2 * others < slots_ && used_ + others < most_;
}

bool slot_shares::is_restrained(const std::string& table,
                                time_point now) const {
  auto i = tables_.find(table);
  return i != tables_.end()
         && (on_probation(i->second) || is_slow(i->second, now));
}

std::size_t slot_shares::held_by_slow(time_point now) {
  if (active_ <= 1)
    return 0;
  if (!slow_ || slow_->first != now) {
    std::size_t held = 0;
    for (auto x : holders_)
      if (is_slow(*x, now))
        held += x->taken.size();
    slow_ = {now, held};
  }
  return slow_->second;
}

void slot_shares::take(const std::string& table, time_point now) {
  auto& x = touch(table, now);
  x.taken.insert(now);
  holders_.insert(&x);
  ++used_;
  slow_.reset();
}

void slot_shares::give_back(const std::string& table, time_point since,
                            ending how, time_point now) {
  auto& x = touch(table, now);
  auto i = x.taken.find(since);
  if (i == x.taken.end())
    return;
  x.taken.erase(i);
  if (x.taken.empty())
    holders_.erase(&x);
  --used_;
  slow_.reset();
  if (how == ending::unused)
    return;
  x.last = now - since;
  x.timed_out = how == ending::timed_out;
  if (how == ending::answered)
    learn(x.last);
}

std::size_t slot_shares::lively(time_point now) {
  return used_ - held_by_slow(now);
}

slot_shares::entry& slot_shares::touch(const std::string& table,
                                       time_point now) {
  sweep(now);
  auto& x = tables_[table];
  x.seen = now;
  if (!x.active) {
    x.active = true;
    ++active_;
  }
  return x;
}

std::size_t slot_shares::share() const noexcept {
  return (slots_ + active_ - 1) / active_;
}

bool slot_shares::on_probation(const entry& x) noexcept {
  return x.timed_out && !x.taken.empty();
}

bool slot_shares::is_slow(const entry& x, time_point now) const {
  return x.last > slow_from_
         || (!x.taken.empty() && now - *x.taken.begin() > slow_from_);
}

void slot_shares::learn(std::chrono::nanoseconds took) {
  if (recent_.size() < window)
    recent_.push_back(took);
  else
    recent_[next_++ % window] = took;
  auto sorted = recent_;
  auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2);
  std::ranges::nth_element(sorted, middle);
  slow_from_ = std::max(least_slow, 4 * *middle);
}

void slot_shares::sweep(time_point now) {
  if (now - swept_ < 1s)
    return;
  swept_ = now;
  for (auto i = tables_.begin(); i != tables_.end();) {
    auto& x = i->second;
    auto unseen = x.taken.empty() ? now - x.seen : 0s;
    if (x.active && unseen >= active_for) {
      x.active = false;
      --active_;
    }
    i = unseen >= known_for ? tables_.erase(i) : std::next(i);
  }
}

} // namespace bqs
