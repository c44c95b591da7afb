#include "actors/lane.hpp"

#include <algorithm>
#include <utility>

#include "actors/batch_walker.hpp"
#include "http/backoff.hpp"
#include "http/body.hpp"

namespace bqs {

namespace {

/// Longest `Retry-After` that is obeyed: a day off would be a lost day.
constexpr std::chrono::milliseconds longest_retry_after = 10min;

/// How long BigQuery remembers insert ids, by its documentation.
constexpr auto dedup_window = 60s;

failure_reason reason_of(const http::outcome& x, bool uncertain) {
  auto too_large = x.cause == http::cause::too_large;
  return {too_large ? "too_large" : x.reason,
          too_large ? x.reason + ": " + x.message : x.message, x.location,
          static_cast<std::uint16_t>(x.status), uncertain};
}

failure_reason poisoned(bool uncertain) {
  return {"poisoned",
          "the actor that sent the row crashed over it twice",
          {},
          0,
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

const lane::condition paused_by_operator{table_state::paused, "by an operator"};

/// Whether BigQuery gets an insert id with each of these rows.
bool have_ids(const slice& x, insert_ids which) {
  if (which != insert_ids::own)
    return which == insert_ids::automatic;
  auto& bytes = *x.source->rows.bytes;
  for (auto i = x.rows.from; i < x.rows.to; ++i)
    if (bytes.id(i).empty())
      return false;
  return true;
}

/// Bad rows and those that did not fit are no matter of the answer: what is
/// left of the batch after them is. Returns the answer to that.
http::outcome set_unsent_apart(const batch& sent, const batch_result& x,
                               batch& judged, std::vector<slice>& unsent,
                               std::vector<decision>& decided) {
  batch_walker rows{sent, decided};
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
  rows.up_to(std::min(x.unsent_from, sent.rows),
             [&](slice y) { judged.slices.push_back(std::move(y)); });
  rows.rest([&](slice y) {
    --y.attempts;
    unsent.push_back(std::move(y));
  });
  for (auto& y : judged.slices)
    judged.rows += y.size();
  auto result = x.outcome;
  // Positions in the batch become positions among those that were sent.
  std::size_t gap = 0;
  for (auto& y : result.rows) {
    while (gap < gaps.size() && gaps[gap].from < y.index)
      ++gap;
    y.index -= static_cast<std::uint32_t>(gap);
  }
  return result;
}

} // namespace

lane::lane(std::shared_ptr<const table_options> options,
           std::uint32_t generation)
  : options_(std::move(options)),
    next_number_((static_cast<std::uint64_t>(generation) << 32) + 1),
    limit_(options_->batch.max_bytes) {
  // nop
}

// -- events -------------------------------------------------------------------

void lane::add(const held_block_ptr& source, row_range rows, time_point now,
               bool uncertain) {
  slice whole{source, rows, now, 0, uncertain, source->admitted, 0};
  auto taken = adopted_.find(source->number);
  if (taken == adopted_.end()) {
    open_.push_back(std::move(whole));
    return;
  }
  for (auto& x : taken->second.missing(rows.to))
    if (x.to > rows.from) {
      auto missing = whole;
      missing.rows = {std::max(x.from, rows.from), x.to};
      open_.push_back(std::move(missing));
    }
}

void lane::adopt(const batch_ptr& x) {
  in_flight_.push_back(x);
  for (auto& y : x->slices)
    adopted_[y.source->number].add(y.rows);
}

void lane::inherit(const condition& x) {
  // Pauses and the credential are told anew.
  if (x.state == table_state::ok || x.state == table_state::paused)
    return;
  condition_ = x;
  failures_ = 1;
}

std::uint64_t lane::flush() {
  forced_rows_ = open_.rows();
  return paused_ ? 0 : open_rows();
}

void lane::drain() {
  draining_ = true;
}

void lane::pause() {
  paused_ = true;
}

void lane::resume() {
  paused_ = false;
}

void lane::note_credential(bool refused, const std::string& reason) {
  credential_.reset();
  if (refused)
    credential_ = std::make_shared<condition>(
      condition{table_state::unauthorized, reason});
}

void lane::expire(time_point now, std::vector<decision>& decided) {
  if (paused_ || !troubled())
    return; // the next turn comes soon, and sees to it
  auto before = open_.rows();
  expire(open_, now, decided);
  forced_rows_ -= std::min(forced_rows_, before - open_.rows());
  for (auto& x : parts_)
    expire(x.rows, now, decided);
  std::erase_if(parts_, [](auto& x) { return x.rows.empty(); });
  std::erase_if(delayed_, [&](auto& kvp) {
    auto& x = kvp.second;
    if (!too_old(x, now))
      return false;
    decided.push_back({x.source, x.rows, false, expired(x), false, x.attempts});
    return true;
  });
}

batch_ptr lane::cut(time_point now, std::vector<decision>& decided,
                    bool probe_only) {
  release_delayed(now);
  if (!ready(now))
    return nullptr;
  auto result = std::make_shared<batch>();
  // Rows that are too old are decided: there may be none left, or more.
  while (result->rows == 0 && ready(now)) {
    if (parts_.empty()) {
      auto before = open_.rows();
      fill(*result, open_, now, probe_only, decided);
      forced_rows_ -= std::min(forced_rows_, before - open_.rows());
    } else {
      auto& first = parts_.front();
      fill(*result, first.rows, now, probe_only, decided);
      result->part_of = first.of;
      if (first.rows.empty())
        parts_.pop_front();
    }
  }
  if (result->rows == 0)
    return nullptr;
  result->number = next_number_++;
  result->cut_at = now;
  in_flight_.push_back(result);
  return result;
}

/// Moves rows into a batch as far as they fit.
void lane::fill(batch& x, row_queue& from, time_point now, bool probe_only,
                std::vector<decision>& decided) {
  auto most = std::max(options_->batch.max_rows, 1u);
  if (failures_ > 0 || (probe_only && from.front().attempts > 0))
    most = std::min(most, std::max(options_->retry.probe_rows, 1u));
  auto room = limit_.bytes() - std::min(limit_.bytes(), http::body_framing);
  while (!from.empty() && x.rows < most) {
    auto& next = from.front();
    auto old = too_old(next, now);
    if (old || forgotten(next, now)) {
      auto y = from.take_front(next.size());
      decided.push_back({y.source, y.rows, false,
                         old ? expired(y) : past_window(y), false, y.attempts});
      continue;
    }
    auto n = std::min(from.fitting(room), most - x.rows);
    if (n == 0 && x.rows > 0)
      break;
    auto y = from.take_front(std::max(n, 1u)); // a large row goes alone
    room -= std::min(room, body_bytes(y));
    ++y.attempts;
    x.rows += y.size();
    x.slices.push_back(std::move(y));
  }
}

void lane::settle(const batch_result& x, time_point now, double point,
                  std::vector<decision>& decided) {
  auto sent = in_flight(x.number);
  if (!sent)
    return;
  std::erase(in_flight_, sent);
  batch judged{sent->number, {}, 0, sent->cut_at, sent->part_of};
  std::vector<slice> unsent;
  http::outcome renumbered;
  auto all_sent = x.faults.empty() && x.unsent_from >= sent->rows;
  if (!all_sent)
    renumbered = set_unsent_apart(*sent, x, judged, unsent, decided);
  auto& in_question = all_sent ? *sent : judged;
  auto& outcome = all_sent ? x.outcome : renumbered;
  batch_walker answered{in_question, decided};
  if (in_question.rows > 0)
    settle_whole(in_question, outcome, now, point, answered);
  for (auto& y : unsent)
    answered.once_more(std::move(y));
  if (answered.again.empty())
    return;
  // What was understood is done with; what was not stays by itself.
  if (sent->part_of && outcome.verdict == http::verdict::retry)
    push_part(std::move(answered.again), sent->part_of);
  else
    open_again(std::move(answered.again));
}

void lane::settle_whole(const batch& sent, const http::outcome& x,
                        time_point now, double point, batch_walker& rows) {
  using http::verdict;
  // An answer to what was sent before the trouble is no sign of its end.
  if (x.verdict != verdict::retry && sent.number >= news_from_) {
    failures_ = 0;
    slowed_ = false;
    token_news_from_.reset();
    missing_since_.reset();
    closed_until_ = {};
    condition_ = {};
  }
  switch (x.verdict) {
    case verdict::stored:
    case verdict::partial:
      limit_.passed(body_bytes(sent));
      settle_named(x, now, point, rows);
      return;
    case verdict::fail:
      settle_refused(sent, x, rows);
      return;
    case verdict::retry:
      settle_unanswered(sent, x, now, point, rows);
  }
}

/// A request that was understood: rows that it does not name are stored.
void lane::settle_named(const http::outcome& x, time_point now, double point,
                        batch_walker& rows) {
  for (auto& bad : x.rows) {
    rows.up_to(bad.index, [&](const slice& y) { rows.stored(y); });
    rows.up_to(bad.index + 1, [&](slice y) {
      if (bad.verdict == http::row_verdict::fail
          || (bad.verdict == http::row_verdict::later && last_try(y, now))) {
        rows.failed(y, {bad.reason, bad.message, bad.location,
                        static_cast<std::uint16_t>(x.status), y.uncertain});
      } else if (bad.verdict == http::row_verdict::again) {
        --y.attempts; // innocent: its neighbour's try, not its own
        rows.once_more(std::move(y));
      } else {
        http::backoff waits{options_->retry.base, options_->retry.cap};
        delayed_.emplace(now + waits.wait(y.attempts, point), std::move(y));
      }
    });
  }
  rows.rest([&](const slice& y) { rows.stored(y); });
}

/// A request that was refused for good: some of its rows may be innocent.
void lane::settle_refused(const batch& sent, const http::outcome& x,
                          batch_walker& rows) {
  std::shared_ptr<split> of;
  if (x.cause == http::cause::too_large) {
    if (sent.rows > 1)
      limit_.refused(body_bytes(sent));
    of = split_of(sent, 0);
  } else if (x.cause == http::cause::nameless) {
    of = split_of(sent, 2);
  }
  std::vector<slice> kept;
  rows.rest([&](slice y) {
    if (of) {
      --y.attempts; // its neighbour's try, perhaps
      kept.push_back(std::move(y));
    } else {
      rows.failed(y, reason_of(x, y.uncertain));
    }
  });
  if (of)
    take_apart(std::move(kept), of);
}

/// A request of which nothing is known to be stored.
void lane::settle_unanswered(const batch& sent, const http::outcome& x,
                             time_point now, double point, batch_walker& rows) {
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
               && now - *missing_since_ >= options_->retry.missing_table_grace;
    if (given_up)
      closed_until_ = now; // what is to fail need not wait for it
  }
  auto crashed_before = [](const slice& y) { return y.crashes > 0; };
  auto twice = x.cause == http::cause::crashed
               && std::ranges::any_of(sent.slices, crashed_before);
  std::shared_ptr<split> of;
  if (twice || (x.body_cut && limit_.cut(body_bytes(sent))))
    of = split_of(sent, 0);
  rows.rest([&](slice y) {
    if (x.uncertain && !std::exchange(y.uncertain, true))
      y.uncertain_since = sent.cut_at;
    if (x.cause == http::cause::crashed)
      y.crashes = of ? 0 : y.crashes + 1;
    if (free_try || (x.body_cut && of))
      --y.attempts;
    if (twice && !of)
      rows.failed(y, poisoned(y.uncertain));
    else if (!free_try && (given_up || last_try(y, now)))
      rows.failed(y, reason_of(x, y.uncertain));
    else
      rows.once_more(std::move(y));
  });
  if (of)
    take_apart(std::exchange(rows.again, {}), of);
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
  for (auto& x : in_flight_)
    for (auto& y : x->slices)
      give_up(y, true);
  for (auto& [when, x] : delayed_)
    give_up(x, x.uncertain);
  for (auto& x : parts_)
    for (auto& y : x.rows)
      give_up(y, y.uncertain);
  for (auto& x : open_)
    give_up(x, x.uncertain);
  in_flight_.clear();
  delayed_.clear();
  parts_.clear();
  open_.clear();
  forced_rows_ = 0;
}

// -- questions ----------------------------------------------------------------

bool lane::ready(time_point now) const {
  if (paused_ || now < closed_until_)
    return false;
  if (failures_ > 0 && !in_flight_.empty())
    return false; // in trouble, one batch at a time probes
  if (!parts_.empty())
    return true;
  if (!delayed_.empty() && delayed_.begin()->first <= now)
    return true;
  return !open_.empty()
         && (full() || now >= open_.front().since + options_->batch.age);
}

const lane::condition& lane::state() const noexcept {
  if (paused_)
    return paused_by_operator;
  return credential_ ? *credential_ : condition_;
}

batch_ptr lane::in_flight(std::uint64_t number) const {
  auto i = std::ranges::find(in_flight_, number, &batch::number);
  return i == in_flight_.end() ? nullptr : *i;
}

std::uint64_t lane::open_rows() const noexcept {
  auto result = open_.rows();
  for (auto& x : parts_)
    result += x.rows.rows();
  return result;
}

std::set<std::uint64_t> lane::blocks() const {
  std::set<std::uint64_t> result;
  auto note = [&](const slice& x) { result.insert(x.source->number); };
  for (auto& x : in_flight_)
    std::ranges::for_each(x->slices, note);
  for (auto& [when, x] : delayed_)
    note(x);
  for (auto& x : parts_)
    std::ranges::for_each(x.rows, note);
  std::ranges::for_each(open_, note);
  return result;
}

std::optional<time_point> lane::wake_at(time_point now, bool turn_due) const {
  std::optional<time_point> result;
  if (paused_)
    return result; // `resume` wakes the lane
  auto at = [&](time_point x) { result = result ? std::min(*result, x) : x; };
  if (turn_due || (failures_ > 0 && !in_flight_.empty())) {
    // The turn, or the answer, wakes it for all else.
    auto end = [&](const row_queue& x) {
      if (!x.empty())
        at(std::max(now, x.front().source->admitted + options_->retry.max_age));
    };
    if (troubled()) {
      end(open_);
      for (auto& x : parts_)
        end(x.rows);
    }
    return result;
  }
  if (!parts_.empty())
    at(now);
  if (!open_.empty())
    at(full() ? now : open_.front().since + options_->batch.age);
  if (!delayed_.empty())
    at(delayed_.begin()->first);
  if (result)
    result = std::max(*result, closed_until_);
  return result;
}

/// Whether open rows need not wait for their age.
bool lane::full() const noexcept {
  return draining_ || forced_rows_ > 0 || open_.rows() >= options_->batch.rows
         || open_.bytes() >= options_->batch.bytes;
}

// -- rows ---------------------------------------------------------------------

/// Opens rows that were sent before: ready at once, ahead of others.
void lane::open_again(std::vector<slice> xs) {
  for (auto& x : xs)
    forced_rows_ += x.size();
  open_.push_front(std::move(xs));
}

void lane::release_delayed(time_point now) {
  std::vector<slice> due;
  while (!delayed_.empty() && delayed_.begin()->first <= now) {
    due.push_back(std::move(delayed_.begin()->second));
    delayed_.erase(delayed_.begin());
  }
  open_again(std::move(due));
}

/// Returns what the halves of `sent` are parts of; null if it has none, or if
/// the search for its guilty rows has taken too many requests.
std::shared_ptr<split> lane::split_of(const batch& sent,
                                      std::uint32_t requests) const {
  if (sent.rows < 2)
    return nullptr;
  auto result
    = sent.part_of
        ? sent.part_of
        : std::make_shared<split>(split{options_->retry.bisect_requests});
  if (result->requests < requests)
    return nullptr;
  result->requests -= requests;
  return result;
}

void lane::take_apart(std::vector<slice> xs, const std::shared_ptr<split>& of) {
  row_queue second;
  second.push_front(std::move(xs));
  auto half = second.rows() / 2;
  row_queue first;
  while (first.rows() < half)
    first.push_back(
      second.take_front(static_cast<std::uint32_t>(half - first.rows())));
  for (auto x : {&second, &first})
    if (!x->empty())
      parts_.push_front({std::move(*x), of});
}

void lane::push_part(std::vector<slice> xs, const std::shared_ptr<split>& of) {
  parts_.push_front({{}, of});
  parts_.front().rows.push_front(std::move(xs));
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
  // The dispatcher slows such a table down. The lane waits by itself only
  // where that does not help.
  if (x.cause == http::cause::throttled && failures_ == 0
      && !std::exchange(slowed_, true))
    return;
  ++failures_;
  http::backoff waits{options_->retry.base, options_->retry.cap};
  closed_until_ = std::max(closed_until_, now + waits.wait(failures_, point));
}

/// Rows of which the first ones are too old.
void lane::expire(row_queue& from, time_point now,
                  std::vector<decision>& decided) const {
  while (!from.empty() && too_old(from.front(), now)) {
    auto x = from.take_front(from.front().size());
    decided.push_back({x.source, x.rows, false, expired(x), false, x.attempts});
  }
}

/// Whether the table takes no rows just now, as far as is known.
bool lane::troubled() const noexcept {
  return failures_ > 0 || credential_;
}

bool lane::too_old(const slice& x, time_point now) const {
  // However old, a row is tried: unless others were, and it would fare no
  // better.
  return (x.attempts > 0 || troubled())
         && now - x.source->admitted >= options_->retry.max_age;
}

bool lane::last_try(const slice& x, time_point now) const {
  return x.attempts >= std::max(options_->retry.max_attempts, 1u)
         || now - x.source->admitted >= options_->retry.max_age;
}

/// Whether BigQuery could store the rows a second time, and shall not.
bool lane::forgotten(const slice& x, time_point now) const {
  return x.uncertain
         && options_->retry.past_dedup_window == past_dedup_window::fail
         && (now - x.uncertain_since >= dedup_window
             || !have_ids(x, options_->insert.ids));
}

failure_reason lane::expired(const slice& x) const {
  auto& known = credential_ ? *credential_ : condition_;
  auto last = known.reason.empty() ? "" : "; last: ";
  return {"expired",
          std::string{"not stored within retry.max-age"} + last + known.reason,
          {},
          0,
          x.uncertain};
}

failure_reason lane::past_window(const slice& x) {
  return {"uncertain",
          "an earlier try may have stored the row, and BigQuery no longer "
          "knows its insert id",
          {},
          0,
          x.uncertain};
}

} // namespace bqs
