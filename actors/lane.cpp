#include "actors/lane.hpp"

#include <algorithm>
#include <utility>

#include "http/backoff.hpp"
#include "http/body.hpp"

namespace bqs {

namespace {

/// Longest `Retry-After` that is obeyed: a day off would be a lost day.
constexpr std::chrono::milliseconds longest_retry_after = 10min;

/// Most bytes of an insert id derived from stream and number: 22 characters,
/// a dash and 20 digits.
constexpr std::size_t derived_id = 43;

failure_reason reason_of(const http::outcome& x, bool uncertain) {
  return {x.reason, x.message, x.location, static_cast<std::uint16_t>(x.status),
          uncertain};
}

table_state state_of(http::cause x) {
  switch (x) {
    case http::cause::throttled:
      return table_state::throttled;
    case http::cause::missing:
      return table_state::missing;
    case http::cause::bad_token:
    case http::cause::forbidden:
      return table_state::unauthorized;
    default:
      return table_state::unavailable;
  }
}

} // namespace

/// Goes over the rows of a batch from front to back and deals them out: to
/// the decided ones, or to those that are sent again.
struct lane::walker {
  const batch& sent;
  std::vector<decision>& decided;
  std::vector<slice> again{};
  std::size_t at_slice = 0;
  std::uint32_t at_row = 0; // in the slice
  std::uint32_t at = 0;     // in the batch

  /// Calls `f` with each piece of the rows up to `index` of the batch.
  template <class F>
  void up_to(std::uint32_t index, F f) {
    while (at < index && at_slice < sent.slices.size()) {
      auto& whole = sent.slices[at_slice];
      auto n = std::min(whole.size() - at_row, index - at);
      auto piece = whole;
      piece.rows.from = whole.rows.from + at_row;
      piece.rows.to = piece.rows.from + n;
      at += n;
      at_row += n;
      if (at_row == whole.size()) {
        ++at_slice;
        at_row = 0;
      }
      f(std::move(piece));
    }
  }

  void stored(const slice& x) {
    decided.push_back({x.source, x.rows, true, {}, x.uncertain, x.attempts});
  }

  void failed(const slice& x, failure_reason why) {
    decided.push_back(
      {x.source, x.rows, false, std::move(why), false, x.attempts});
  }

  void once_more(slice x) {
    again.push_back(std::move(x));
  }
};

lane::lane(const table_options& options, std::uint32_t generation)
  : options_(options),
    next_number_((static_cast<std::uint64_t>(generation) << 32) + 1) {
  options_.batch.max_rows = std::max(options_.batch.max_rows, 1u);
}

// -- events -------------------------------------------------------------------

void lane::add(const held_block_ptr& source, row_range rows, time_point now,
               bool uncertain) {
  auto taken = adopted_.find(source->number);
  if (taken == adopted_.end()) {
    push_back({source, rows, now, 0, uncertain});
    return;
  }
  for (auto& x : taken->second.missing(rows.to))
    if (x.to > rows.from)
      push_back(
        {source, {std::max(x.from, rows.from), x.to}, now, 0, uncertain});
}

void lane::adopt(const batch_ptr& x) {
  in_flight_.emplace(x->number, x);
  for (auto& y : x->slices)
    adopted_[y.source->number].add(y.rows);
}

std::uint64_t lane::flush() {
  forced_rows_ = open_rows_;
  return open_rows_;
}

void lane::drain() {
  draining_ = true;
}

batch_ptr lane::cut(time_point now, std::vector<decision>& decided) {
  release_delayed(now);
  if (!ready(now))
    return nullptr;
  auto result = std::make_shared<batch>();
  auto room = options_.batch.max_bytes
              - std::min(options_.batch.max_bytes, http::body_framing);
  while (!open_.empty() && result->rows < options_.batch.max_rows) {
    auto& next = open_.front();
    if (too_old(next, now)) {
      auto x = take_front(next.size());
      auto last = condition_.reason.empty() ? "" : "; last: ";
      decided.push_back({x.source,
                         x.rows,
                         false,
                         {"expired",
                          std::string{"not stored within retry.max-age"} + last
                            + condition_.reason,
                          {},
                          0,
                          x.uncertain},
                         false,
                         x.attempts});
      continue;
    }
    auto n
      = std::min(fitting(next, room), options_.batch.max_rows - result->rows);
    if (n == 0 && result->rows > 0)
      break;
    auto x = take_front(std::max(n, 1u)); // a large row goes alone
    room -= std::min(room, body_bytes(x));
    ++x.attempts;
    result->rows += x.size();
    result->slices.push_back(std::move(x));
  }
  if (result->rows == 0)
    return nullptr;
  result->number = next_number_++;
  in_flight_.emplace(result->number, result);
  return result;
}

void lane::settle(const batch_result& x, time_point now, double point,
                  std::vector<decision>& decided) {
  auto i = in_flight_.find(x.number);
  if (i == in_flight_.end())
    return;
  auto sent = std::move(i->second);
  in_flight_.erase(i);
  walker rows{*sent, decided};
  // Bad rows and those that did not fit are no matter of the answer: what is
  // left of the batch after them is.
  batch judged{sent->number, {}, 0};
  std::vector<row_range> gaps; // positions of the bad ones
  for (auto& fault : x.faults) {
    rows.up_to(fault.index,
               [&](slice y) { judged.slices.push_back(std::move(y)); });
    rows.up_to(fault.index + 1, [&](slice y) {
      --y.attempts; // it never left
      rows.failed(y, {fault.reason, fault.message, {}, 0, y.uncertain});
    });
    gaps.push_back({fault.index, fault.index + 1});
  }
  rows.up_to(std::min(x.unsent_from, sent->rows),
             [&](slice y) { judged.slices.push_back(std::move(y)); });
  std::vector<slice> unsent;
  rows.up_to(sent->rows, [&](slice y) {
    --y.attempts;
    unsent.push_back(std::move(y));
  });
  for (auto& y : judged.slices)
    judged.rows += y.size();
  auto outcome = x.outcome;
  // Positions in the batch become positions among those that were sent.
  std::size_t gap = 0;
  for (auto& y : outcome.rows) {
    while (gap < gaps.size() && gaps[gap].from < y.index)
      ++gap;
    y.index -= static_cast<std::uint32_t>(gap);
  }
  walker answered{judged, decided};
  if (judged.rows > 0)
    settle_whole(judged, outcome, now, point, answered);
  answered.again.insert(answered.again.end(),
                        std::make_move_iterator(unsent.begin()),
                        std::make_move_iterator(unsent.end()));
  open_again(std::move(answered.again));
}

void lane::settle_whole(const batch& sent, const http::outcome& x,
                        time_point now, double point, walker& rows) {
  using http::verdict;
  // An answer to what was sent before the trouble is no sign of its end.
  if (x.verdict != verdict::retry && sent.number >= news_from_) {
    failures_ = 0;
    token_news_from_.reset();
    missing_since_.reset();
    closed_until_ = {};
    condition_ = {};
  }
  switch (x.verdict) {
    case verdict::stored:
      rows.up_to(sent.rows, [&](const slice& y) { rows.stored(y); });
      return;
    case verdict::partial:
      for (auto& bad : x.rows) {
        rows.up_to(bad.index, [&](const slice& y) { rows.stored(y); });
        rows.up_to(bad.index + 1, [&](slice y) {
          failure_reason why{bad.reason, bad.message, bad.location,
                             static_cast<std::uint16_t>(x.status), y.uncertain};
          if (bad.verdict == http::row_verdict::fail
              || (bad.verdict == http::row_verdict::later
                  && last_try(y, now))) {
            rows.failed(y, std::move(why));
          } else if (bad.verdict == http::row_verdict::again) {
            --y.attempts; // innocent: its neighbour's try, not its own
            rows.once_more(std::move(y));
          } else {
            http::backoff waits{options_.retry.base, options_.retry.cap};
            delayed_.emplace(now + waits.wait(y.attempts, point), std::move(y));
          }
        });
      }
      rows.up_to(sent.rows, [&](const slice& y) { rows.stored(y); });
      return;
    case verdict::fail:
      rows.up_to(sent.rows, [&](const slice& y) {
        rows.failed(y, reason_of(x, y.uncertain));
      });
      return;
    case verdict::retry:
      break;
  }
  auto free_try = x.cause == http::cause::bad_token
                  && (!token_news_from_ || sent.number < *token_news_from_);
  auto given_up = false;
  if (free_try) {
    // The token actor has been told by the one who saw the answer.
    if (!token_news_from_)
      token_news_from_ = next_number_;
  } else {
    trouble(sent, x, now, point);
    given_up = x.cause == http::cause::missing
               && now - *missing_since_ >= options_.retry.missing_table_grace;
    if (given_up)
      closed_until_ = now; // what is to fail need not wait for it
  }
  rows.up_to(sent.rows, [&](slice y) {
    y.uncertain |= x.uncertain;
    if (free_try) {
      --y.attempts;
      rows.once_more(std::move(y));
    } else if (given_up || last_try(y, now)) {
      rows.failed(y, reason_of(x, y.uncertain));
    } else {
      rows.once_more(std::move(y));
    }
  });
}

void lane::abandon(std::vector<decision>& decided) {
  auto give_up = [&](const slice& x, bool uncertain) {
    decided.push_back({x.source,
                       x.rows,
                       false,
                       {"shutdown",
                        "the node stopped before the row was stored",
                        {},
                        0,
                        uncertain},
                       false,
                       x.attempts});
  };
  for (auto& [number, x] : in_flight_)
    for (auto& y : x->slices)
      give_up(y, true);
  for (auto& [when, x] : delayed_)
    give_up(x, x.uncertain);
  for (auto& x : open_)
    give_up(x, x.uncertain);
  in_flight_.clear();
  delayed_.clear();
  open_.clear();
  open_rows_ = forced_rows_ = open_bytes_ = 0;
}

// -- questions ----------------------------------------------------------------

bool lane::ready(time_point now) const {
  if (now < closed_until_)
    return false;
  if (failures_ > 0 && !in_flight_.empty())
    return false; // in trouble, one batch at a time probes
  if (!delayed_.empty() && delayed_.begin()->first <= now)
    return true;
  if (open_.empty())
    return false;
  auto& limits = options_.batch;
  return draining_ || forced_rows_ > 0 || open_rows_ >= limits.rows
         || open_bytes_ >= limits.bytes
         || now >= open_.front().since + limits.age;
}

batch_ptr lane::in_flight(std::uint64_t number) const {
  auto i = in_flight_.find(number);
  return i == in_flight_.end() ? nullptr : i->second;
}

std::optional<time_point> lane::wake_at(time_point now) const {
  std::optional<time_point> result;
  auto at = [&](time_point x) { result = result ? std::min(*result, x) : x; };
  if (failures_ > 0 && !in_flight_.empty())
    return result; // its answer wakes the lane
  if (!open_.empty()) {
    auto& limits = options_.batch;
    auto full = draining_ || forced_rows_ > 0 || open_rows_ >= limits.rows
                || open_bytes_ >= limits.bytes;
    at(full ? now : open_.front().since + limits.age);
  }
  if (!delayed_.empty())
    at(delayed_.begin()->first);
  if (result)
    result = std::max(*result, closed_until_);
  return result;
}

// -- rows ---------------------------------------------------------------------

/// Bytes that `x` adds to a body, at most: an id of the sender's own may
/// double by escaping (a longer one is found by the builder).
std::size_t lane::body_bytes(const slice& x) const noexcept {
  auto& bytes = *x.source->rows.bytes;
  return bytes.json_bytes(x.rows.from, x.rows.to)
         + 2 * bytes.id_bytes(x.rows.from, x.rows.to)
         + x.size() * (http::row_framing + derived_id);
}

/// Returns how many rows of `x` fit into `bytes`.
std::uint32_t lane::fitting(const slice& x, std::size_t bytes) const noexcept {
  if (body_bytes(x) <= bytes)
    return x.size();
  std::uint32_t low = 0; // fits
  auto high = x.size();  // does not
  while (high - low > 1) {
    auto middle = low + (high - low) / 2;
    auto part = x;
    part.rows.to = part.rows.from + middle;
    (body_bytes(part) <= bytes ? low : high) = middle;
  }
  return low;
}

void lane::push_back(slice x) {
  open_rows_ += x.size();
  open_bytes_ += body_bytes(x);
  open_.push_back(std::move(x));
}

void lane::push_front(slice x) {
  open_rows_ += x.size();
  open_bytes_ += body_bytes(x);
  open_.push_front(std::move(x));
}

slice lane::take_front(std::uint32_t rows) {
  auto& front = open_.front();
  open_bytes_ -= body_bytes(front);
  auto result = front;
  if (rows < front.size()) {
    result.rows.to = result.rows.from + rows;
    front.rows.from = result.rows.to;
    open_bytes_ += body_bytes(front);
  } else {
    open_.pop_front();
  }
  open_rows_ -= result.size();
  forced_rows_ -= std::min<std::uint64_t>(forced_rows_, result.size());
  return result;
}

/// Opens rows that were sent before: ready at once, ahead of others.
void lane::open_again(std::vector<slice> xs) {
  for (auto i = xs.rbegin(); i != xs.rend(); ++i) {
    forced_rows_ += i->size();
    push_front(std::move(*i));
  }
}

void lane::release_delayed(time_point now) {
  std::vector<slice> due;
  while (!delayed_.empty() && delayed_.begin()->first <= now) {
    due.push_back(std::move(delayed_.begin()->second));
    delayed_.erase(delayed_.begin());
  }
  open_again(std::move(due));
}

// -- trouble ------------------------------------------------------------------

/// Closes the lane for a while after a request failed as a whole.
void lane::trouble(const batch& sent, const http::outcome& x, time_point now,
                   double point) {
  if (x.cause != http::cause::missing)
    missing_since_.reset();
  else if (!missing_since_)
    missing_since_ = now;
  condition_ = {state_of(x.cause), x.reason + ": " + x.message};
  if (x.retry_after)
    closed_until_ = std::max(
      closed_until_, now + std::min(*x.retry_after, longest_retry_after));
  if (sent.number < news_from_)
    return;
  news_from_ = next_number_;
  ++failures_;
  http::backoff waits{options_.retry.base, options_.retry.cap};
  closed_until_ = std::max(closed_until_, now + waits.wait(failures_, point));
}

bool lane::too_old(const slice& x, time_point now) const {
  // A row is tried at least once, however old.
  return x.attempts > 0 && now - x.source->admitted >= options_.retry.max_age;
}

bool lane::last_try(const slice& x, time_point now) const {
  return x.attempts >= std::max(options_.retry.max_attempts, 1u)
         || now - x.source->admitted >= options_.retry.max_age;
}

} // namespace bqs
