#include "tests/model/world.hpp"

#include <algorithm>
#include <utility>

#include "actors/dispatcher.hpp"

namespace bqs::model {

using namespace internal;
using namespace test;
using namespace std::chrono_literals;

namespace {

constexpr const char* tables[] = {"shop.events", "shop.orders", "shop.sick"};
constexpr std::chrono::seconds jumps[] = {31s, 45s, 61s, 6min, 2h, 25h};
constexpr auto dedup_window = 60s;

/// Returns one of few values.
template <class T>
T pick(std::uint32_t& from, std::initializer_list<T> of) {
  auto n = static_cast<std::uint32_t>(of.size());
  auto result = *(of.begin() + from % n);
  from /= n;
  return result;
}

http::outcome retry(http::cause why, int status, bool uncertain = false) {
  auto x = sick(status);
  x.cause = why;
  x.uncertain = uncertain;
  return x;
}

http::outcome fail(http::cause why, int status) {
  auto x = refused("reason" + std::to_string(status));
  x.cause = why;
  x.status = status;
  return x;
}

/// A number that `seed` and `i` make.
std::uint32_t mix(std::uint32_t seed, std::uint32_t i) {
  auto x = (seed ^ (i * 0x9E3779B9u)) * 0x85EBCA6Bu;
  return (x ^ (x >> 13)) * 0xC2B2AE35u >> 8;
}

/// Writes with a delay, so that whatever does not wait for it comes first.
struct clerk_state {
  struct entry {
    losses what;
    caf::typed_response_promise<std::uint64_t> done;
  };

  static inline const char* name = "clerk";

  std::vector<entry> pending;
  /// How many of them are written.
  std::size_t written = 0;
  bool due = false;
};

using clerk_pointer = dead_letter_writer_actor::stateful_pointer<clerk_state>;

void write_out(clerk_state& x, paper& to) {
  for (; !to.sick && x.written < x.pending.size(); ++x.written)
    for (auto& y : *x.pending[x.written].what.items)
      for (auto i = y.rows.from; i < y.rows.to; ++i)
        ++to.lines[std::string{y.source->rows.bytes->row(i)}];
  if (to.mute)
    return;
  for (std::size_t i = 0; i < x.written; ++i)
    x.pending[i].done.deliver(x.pending[i].what.number);
  x.pending.erase(x.pending.begin(),
                  x.pending.begin() + static_cast<std::ptrdiff_t>(x.written));
  x.written = 0;
}

/// Stands in for a writer of dead letters.
dead_letter_writer_actor::behavior_type
clerk(clerk_pointer self, const std::shared_ptr<paper>& to) {
  self->set_default_handler(caf::drop);
  auto come_back = [self] {
    if (!std::exchange(self->state.due, true))
      self->delayed_send(self, 50ms, caf::tick_atom_v);
  };
  return {
    [self, come_back](const losses& x) -> caf::result<std::uint64_t> {
      auto done = self->make_response_promise<std::uint64_t>();
      self->state.pending.push_back({x, done});
      come_back();
      return done;
    },
    [self, come_back, to](caf::tick_atom) {
      self->state.due = false;
      write_out(self->state, *to);
      if (!self->state.pending.empty())
        come_back();
    },
  };
}

template <class Handle>
bool is_gone(const Handle& x) {
  auto raw = caf::actor_cast<caf::abstract_actor*>(x);
  return raw->getf(caf::abstract_actor::is_terminated_flag);
}

} // namespace

world::world(std::uint32_t settings) : settings_(settings) {
  auto x = settings;
  auto& table = options.defaults;
  table.batch.rows = pick(x, {1u, 5u, 20u});
  table.batch.max_rows = pick(x, {3u, 25u});
  table.batch.max_bytes = pick<std::size_t>(x, {1'500, 5u << 20});
  table.retry.max_attempts
    = pick(x, {1u, 3u, retry_options::unlimited, retry_options::unlimited});
  table.retry.max_age = pick<std::chrono::milliseconds>(x, {10s, 1h, 24h, 24h});
  table.retry.missing_table_grace
    = pick<std::chrono::milliseconds>(x, {0ms, 5min});
  table.retry.past_dedup_window
    = pick(x, {past_dedup_window::retry, past_dedup_window::fail});
  table.retry.probe_rows = pick(x, {1u, 10u});
  table.retry.bisect_requests = pick(x, {0u, 4u, 64u});
  table.retry.base = pick<std::chrono::milliseconds>(x, {100ms, 1s});
  table.retry.cap = 32s;
  no_ids_ = pick(x, {false, false, false, true});
  table.insert.ids = no_ids_ ? insert_ids::none : insert_ids::automatic;
  options.streamers_per_table = pick(x, {1u, 3u});
  options.max_in_flight = pick(x, {1u, 4u});
  options.start_in_flight = pick(x, {0u, 1u});
  options.max_buffered_bytes = pick<std::size_t>(x, {8u << 10, 16u << 20});
  options.max_block_bytes = 32u << 10;
  options.receipts_keep_for = 100'000h;
  options.streamers_idle = pick<std::chrono::milliseconds>(x, {1s, 60s});
  options.restarts.most = pick(x, {1u, 5u});
  hasty_ = pick(x, {false, false, true});
  if (pick(x, {false, true})) {
    letters_ = std::make_shared<paper>();
    make_dead_letters
      = [to = letters_](caf::actor_system& y) { return y.spawn(clerk, to); };
  }
  make_streamer = [this](const streamer_init& y) {
    notes_[y.lane] = y.notes;
    auto result = sys.spawn(streamer, y);
    // The same schedule runs the same way again.
    deref<streamer_actor::stateful_base<streamer_state>>(result)
      .state.dice.seed(mix(settings_, y.lane * 64 + y.generation));
    return result;
  };
  google->rule = [this](const job& y) {
    arrive(y);
    return std::nullopt;
  };
  open();
  caf::send_as(me, door, join{});
  consume_messages();
}

void world::happen(const event& x) {
  using what = event::what;
  switch (x.kind) {
    case what::block:
      send_block(x);
      break;
    case what::row:
      send_row(x);
      break;
    case what::ask:
      if (!blocks_.empty()) {
        auto& asked = blocks_[x.a % blocks_.size()];
        auto& b = asked.rows;
        ++asked.receipts_due;
        caf::send_as(me, door, ask{b.stream, b.first, b.rows(), b.table});
      }
      break;
    case what::flush:
      caf::send_as(me, door, flush{});
      break;
    case what::wait:
      advance_time(std::chrono::milliseconds{x.a % 3000});
      break;
    case what::jump:
      advance_time(jumps[x.a % std::size(jumps)]);
      break;
    case what::answer:
      answer_post(x, false);
      break;
    case what::store:
      answer_post(x, true);
      break;
    case what::crash:
      crash_one(x);
      break;
    case what::pause: {
      std::string table = tables[x.a % 3];
      caf::send_as(me, door, bqs::pause{*parse_table(table)});
      consume_messages();
      paused_.insert(table);
      break;
    }
    case what::resume:
      paused_.clear();
      caf::send_as(me, door, bqs::resume{});
      break;
    case what::listen:
      listening_ = x.a % 2 == 0;
      break;
    case what::disk:
      if (letters_)
        letters_->sick = x.a % 2 == 0;
      break;
  }
  consume_messages();
  check();
}

void world::finish() {
  listening_ = true;
  if (hasty_) {
    drain_in_trouble();
  } else {
    recover();
    if (!broken_)
      drain_in_peace();
  }
  if (!broken_)
    check_outcomes();
}

void world::recover() {
  paused_.clear();
  if (letters_)
    letters_->sick = false;
  for (auto i = 0; i < 5000 && !broken_; ++i) {
    caf::send_as(me, door, bqs::resume{});
    consume_messages();
    check();
    if (boss().registry.all_held().empty() && google->open.empty())
      return;
    if (google->open.empty())
      advance_time(i < 100 ? 1s : 60s);
    else
      answer_post({event::what::store, 0, 0, 0}, true);
  }
  complain("rows that nothing will ever settle");
}

void world::drain_in_peace() {
  caf::send_as(me, door, drain{});
  for (auto i = 0; i < 100 && reports.empty(); ++i) {
    advance_time(100ms);
    consume_messages();
  }
  check();
  if (reports.size() != 1)
    complain("the drain did not end");
}

void world::drain_in_trouble() {
  caf::send_as(me, door, drain{caf::timespan{3s}});
  consume_messages();
  caf::send_as(me, door, make_block(next_row_, 3));
  consume_messages();
  if (mine->admissions.empty()
      || mine->admissions.back().code != admission_code::draining)
    complain("a block came in while the node drained");
  check();
  for (std::uint32_t i = 0; i < 100 && reports.empty() && !broken_; ++i) {
    auto dice = mix(settings_, i);
    if (letters_ && dice % 16 == 1)
      letters_->sick = !letters_->sick;
    if (dice % 4 == 0)
      answer_post({event::what::answer, dice, dice / 4, dice / 64}, false);
    consume_messages();
    check();
    advance_time(300ms);
    consume_messages();
    check();
  }
  if (reports.size() != 1)
    complain("the drain did not end");
  // The service does not stop with the node.
  for (auto& post : google->open)
    if (post.what.rows->number % 2 == 0)
      commit(post.what, {});
}

// -- events -------------------------------------------------------------------

void world::send_block(const event& x) {
  std::string table = tables[x.a % 3];
  auto rows = 1 + x.b % 12;
  if (x.c % 8 == 0 && !blocks_.empty()) { // the sender is in doubt
    auto& again = blocks_[x.b % blocks_.size()];
    ++again.receipts_due;
    caf::send_as(me, door, again.rows);
    return;
  }
  if (x.c % 32 == 1 && !blocks_.empty()) { // the sender is mad
    auto& old = blocks_[x.b % blocks_.size()];
    if (!old.accepted || old.rows.rows() < 2)
      return;
    auto before = mine->admissions.size();
    caf::send_as(me, door,
                 make_block(old.rows.first + 1, old.rows.rows(),
                            to_string(old.rows.table)));
    consume_messages();
    if (mine->admissions.size() > before
        && mine->admissions.back().code == admission_code::accepted)
      complain("a block that overlaps another was accepted");
    if (!mine->admissions.empty())
      mine->admissions.pop_back();
    return;
  }
  auto b = make_block(next_row_, rows, table);
  for (std::uint32_t i = 0; i < rows; ++i)
    rows_[std::string{b.bytes->row(i)}].table = table;
  next_row_ += rows + x.c % 2;
  blocks_.push_back({b, false, {}});
  caf::send_as(me, door, std::move(b));
}

void world::send_row(const event& x) {
  std::string table = tables[x.a % 3];
  auto text = row_text(next_single_++);
  auto before = mine->admissions.size();
  auto pending = self->request(door, caf::infinite,
                               row{*parse_table(table), text, {}, {}});
  rows_[text].table = table;
  consume_messages();
  pending.receive(
    [&](const admission& y) {
      if (y.code == admission_code::accepted)
        ++accepted_;
      else
        rows_.erase(text);
    },
    [&](const caf::error&) { complain("no answer to a row"); });
  if (mine->admissions.size() != before)
    complain("an answer to somebody else");
}

void world::answer_post(const event& x, bool well) {
  if (google->open.empty())
    return;
  auto at = google->open.begin()
            + static_cast<std::ptrdiff_t>(x.a % google->open.size());
  auto post = std::move(*at);
  google->open.erase(at);
  auto outcome = all_stored();
  std::set<std::uint32_t> lost;
  if (!well)
    outcome = pick_outcome(post.what, x);
  for (auto& y : outcome.rows)
    lost.insert(y.index);
  // When time was up it was in flight, which may be told later.
  if (outcome.uncertain || boss().at == supervisor_state::stage::abandoning)
    for (auto& text : texts_of(*post.what.rows))
      rows_.at(text).doubtful = true;
  if (outcome.verdict == http::verdict::stored
      || outcome.verdict == http::verdict::partial
      || (outcome.uncertain && x.c % 2 == 0))
    commit(post.what, lost);
  auto result = google->result(post.what, std::move(outcome));
  self->send(post.worker, result);
  if (x.c % 16 == 3)
    self->send(post.worker, result); // once more
}

http::outcome world::pick_outcome(const job& x, const event& by) {
  using http::cause;
  using http::row_verdict;
  switch (by.b % 16) {
    case 0:
    case 1: {
      auto y = all_stored();
      y.verdict = http::verdict::partial;
      for (std::uint32_t i = 0; i < x.rows->rows; ++i)
        switch (mix(by.c, i) % 6) {
          case 0:
            y.rows.push_back({i, row_verdict::fail, "invalid", "no", "n"});
            break;
          case 1:
            y.rows.push_back({i, row_verdict::later, "timeout", "late", {}});
            break;
          case 2:
            y.rows.push_back({i, row_verdict::again, "stopped", {}, {}});
            break;
          default:
            break;
        }
      return y;
    }
    case 2:
    case 3:
    case 4:
      return retry(cause::unavailable, 503, true);
    case 5:
      return retry(cause::unavailable, 503);
    case 6:
      return retry(cause::missing, 404);
    case 7:
      return retry(cause::bad_token, 401);
    case 8:
      return retry(cause::forbidden, 403);
    case 9: {
      auto y = retry(cause::throttled, 429);
      y.retry_after = std::chrono::milliseconds{by.c % 20'000};
      return y;
    }
    case 10:
    case 11:
      return fail(cause::too_large, 413);
    case 12:
    case 13:
      return fail(cause::nameless, 400);
    case 14:
      return fail(cause::rejected, 400);
    default: {
      auto y = retry(cause::unavailable, 0);
      y.body_cut = true;
      return y;
    }
  }
}

void world::crash_one(const event& x) {
  crashed_ = true;
  if (x.c % 2 == 0)
    interrupt(x);
  switch (x.a % 9) {
    case 0:
      if (!google->open.empty())
        crash(google->open[x.b % google->open.size()].worker);
      return;
    case 1:
      if (boss().dispatcher)
        crash(boss().dispatcher);
      return;
    case 2:
      if (boss().collector) {
        collector_crashed_ = true;
        crash(boss().collector);
      }
      return;
    case 3:
      if (boss().tokens)
        crash(boss().tokens);
      if (x.b % 2 == 0) { // all starts again while an answer is on its way
        answer_post({event::what::answer, x.b / 2, x.c / 2, x.c / 64}, true);
        run_some(x.c, 8);
        advance_time(1s);
        run_some(x.c, 32);
      }
      return;
    case 8:
      if (letters_)
        return crash_writer(x);
      [[fallthrough]];
    default:
      crash_streamer(x);
  }
}

/// Maybe between what it has written and its answer.
void world::crash_writer(const event& x) {
  if (!boss().dead_letters)
    return;
  writer_crashed_ = true;
  letters_->mute = x.b % 2 == 0;
  answer_post({event::what::answer, x.c, x.b / 2, x.b / 32}, false);
  consume_messages();
  advance_time(50ms);
  run_some(x.c, 32);
  crash(boss().dead_letters);
  letters_->mute = false;
}

void world::interrupt(const event& x) {
  auto what = x.c / 2;
  switch (what % 4) {
    case 0:
      caf::send_as(me, door, bqs::flush{});
      break;
    case 1:
      advance_time(std::chrono::milliseconds{what % 2000});
      break;
    default:
      answer_post({event::what::answer, x.b, what / 4, what / 64},
                  what % 4 == 3);
  }
  run_some(x.c, 16);
}

void world::run_some(std::uint32_t dice, std::uint32_t most) {
  for (auto n = dice % most; n > 0 && sched.has_job(); --n)
    if (mix(dice, n) % 2 == 0)
      sched.run_once();
    else
      sched.run_once_lifo();
}

void world::crash_streamer(const event& x) {
  if (streamers.empty())
    return;
  auto i = std::next(streamers.begin(), x.b % streamers.size());
  auto lane = boss().lanes.find(i->first);
  if (x.a % 3 == 0 && lane != boss().lanes.end() && lane->second.streamer
      && !lane->second.blocks.empty()) {
    auto& blocks = lane->second.blocks;
    notes_[i->first]->in_hand.assign(
      1, *std::next(blocks.begin(),
                    static_cast<std::ptrdiff_t>(x.b / 8 % blocks.size())));
  }
  crash(i->second.back());
}

// -- the service --------------------------------------------------------------

void world::arrive(const job& x) {
  read_mail();
  if (x.rows->rows > options.defaults.batch.max_rows)
    complain("a batch of too many rows");
  std::uint32_t found = 0;
  for (auto& text : texts_of(*x.rows)) {
    ++found;
    auto i = rows_.find(text);
    if (i == rows_.end())
      return complain("a row that nobody sent");
    if (x.to->path.find(i->second.table.substr(5)) == std::string::npos)
      complain(text + " goes to another table");
    i->second.company = x.rows->rows;
    if (i->second.settled)
      complain(text + " is sent though it is settled");
    if (paused_.contains(i->second.table))
      complain(text + " is sent though its table is paused");
  }
  if (found != x.rows->rows)
    complain("a batch that cannot count");
  // What the dispatcher has given up is in doubt, and may be sent again.
  if (!boss().dispatcher || is_gone(boss().dispatcher))
    return; // it died while its last posts were on their way
  auto& lanes = deref<dispatcher_actor::stateful_base<dispatcher_state>>(
                  boss().dispatcher)
                  .state.lanes;
  std::set<std::string> flying;
  for (auto& [number, lane] : lanes)
    for (auto& [batch, flight] : lane.flights)
      for (auto& text : texts_of(*flight.rows))
        if (!flying.insert(text).second)
          complain(text + " is under way twice");
}

void world::commit(const job& x, const std::set<std::uint32_t>& except) {
  auto texts = texts_of(*x.rows);
  for (std::uint32_t i = 0; i < texts.size(); ++i) {
    if (except.contains(i))
      continue;
    auto& row = rows_.at(texts[i]);
    // It came when it was cut.
    auto at = x.rows->cut_at;
    auto known
      = !no_ids_ && row.seen && std::chrono::abs(at - *row.seen) < dedup_window;
    if (!known) {
      ++row.copies;
      row.seen = at;
    }
    if (row.copies > 1
        && options.defaults.retry.past_dedup_window == past_dedup_window::fail)
      complain(texts[i] + " is stored twice though that was ruled out");
  }
}

// -- what is known ------------------------------------------------------------

supervisor_state& world::boss() {
  return deref<supervisor_actor::stateful_base<supervisor_state>>(chief).state;
}

void world::read_mail() {
  for (auto& x : std::exchange(mine->admissions, {}))
    for (auto& y : blocks_)
      if (y.rows.first == x.first && y.rows.rows() == x.rows
          && x.code == admission_code::accepted && !y.accepted) {
        y.accepted = true;
        accepted_ += x.rows;
      }
  for (auto& x : std::exchange(mine->receipts, {}))
    take_receipt(x);
  for (auto& x : std::exchange(mine->standings, {}))
    if (x.receipt)
      take_receipt(*x.receipt);
  for (auto& x : mine->told) {
    for (auto& item : x.items)
      for (auto& y : item.rows) {
        auto i = rows_.find(y.json);
        if (i == rows_.end())
          return complain("told of a row that nobody sent");
        ++i->second.told;
        take_failure(y.json, i->second, item.why);
      }
  }
  if (!mine->told.empty()) {
    if (listening_)
      caf::send_as(me, door, failures_ack{mine->told.back().number});
    mine->told.clear();
  }
}

void world::take_receipt(const receipt& x) {
  auto found = std::find_if(blocks_.begin(), blocks_.end(), [&](auto& y) {
    return y.rows.first == x.first && y.rows.rows() == x.rows;
  });
  if (found == blocks_.end())
    return complain("a receipt for a block that nobody sent");
  if (!found->accepted) { // it counts as an admission
    found->accepted = true;
    accepted_ += x.rows;
  }
  if (found->receipts_due-- == 0)
    return complain("a receipt that nobody asked for");
  if (found->outcome) {
    if (!(*found->outcome == x))
      complain("two receipts that differ");
    return;
  }
  found->outcome = x;
  std::vector<const failure_reason*> why(x.rows, nullptr);
  std::uint32_t failed = 0;
  for (auto& y : x.failures)
    for (std::uint32_t i = 0; i < y.rows; ++i, ++failed)
      why.at(y.first - x.first + i) = &x.reasons.at(y.reason);
  if (x.stored + failed != x.rows)
    complain("a receipt that does not add up");
  for (std::uint32_t i = 0; i < x.rows; ++i) {
    std::string text{found->rows.bytes->row(i)};
    auto& row = rows_.at(text);
    row.settled = true;
    if (why[i] != nullptr)
      take_failure(text, row, *why[i]);
    else if (row.copies == 0)
      complain("a row is said to be stored, and is not");
  }
}

void world::take_failure(const std::string& text, record& x,
                         const failure_reason& why) {
  x.failed = true;
  x.uncertain = why.uncertain;
  if (letters_ && !letters_->lines.contains(text))
    complain(text + " is told to have failed and is not written yet");
  if (x.copies > 0 && !why.uncertain)
    complain(text + " failed for certain, and is stored");
  if (why.uncertain && !crashed_ && !x.doubtful && !is_open(text))
    complain(text + " is said to be uncertain for nothing");
  if (why.reason == "too_large" && x.company > 1)
    complain(text + " failed for its size in a batch with others");
}

bool world::is_open(const std::string& text) const {
  return std::ranges::any_of(google->open, [&](auto& post) {
    auto texts = texts_of(*post.what.rows);
    return std::ranges::find(texts, text) != texts.end();
  });
}

void world::check() {
  // Posts whose sender died: nobody knows, but the service does.
  std::erase_if(google->open, [this](auto& post) {
    if (!is_gone(post.worker))
      return false;
    for (auto& text : texts_of(*post.what.rows))
      rows_.at(text).doubtful = true;
    if (post.what.rows->number % 2 == 0)
      commit(post.what, {});
    return true;
  });
  read_mail();
  consume_messages();
  check_books();
}

void world::check_books() {
  std::map<std::string, std::uint64_t> held;
  for (auto& [number, x] : boss().registry.all_held())
    held[to_string(x.source->rows.table)] += x.outcome.rows - x.settled;
  table_ledger sum;
  for (auto& [table, x] : boss().books.tables()) {
    if (!x.balanced())
      complain("the books of " + table + " do not balance");
    if (x.held != held[table])
      complain("the books of " + table + " are wrong about what is held");
    sum += x;
  }
  if (!(sum == boss().books.total()) || !sum.balanced())
    complain("the books do not balance");
  if (sum.accepted != accepted_)
    complain("the node accepted " + std::to_string(sum.accepted)
             + " rows and said so of " + std::to_string(accepted_));
}

void world::check_outcomes() {
  for (auto& x : blocks_) {
    if (!x.accepted) {
      for (std::uint32_t i = 0; i < x.rows.rows(); ++i)
        rows_.erase(std::string{x.rows.bytes->row(i)});
      continue;
    }
    if (!x.outcome && unwritten() > 0)
      continue;
    if (!x.outcome)
      return complain("an accepted block without a receipt");
    std::uint32_t twice = 0;
    std::uint32_t doubtful = 0;
    for (std::uint32_t i = 0; i < x.rows.rows(); ++i) {
      auto& row = rows_.at(std::string{x.rows.bytes->row(i)});
      twice += row.copies > 1 ? 1 : 0;
      doubtful += row.doubtful ? 1 : 0;
    }
    if (!crashed_ && x.outcome->possibly_duplicated > doubtful)
      return complain("rows are counted as possibly duplicated for nothing");
    auto failed = x.outcome->rows - x.outcome->stored;
    if (twice > x.outcome->possibly_duplicated + failed)
      return complain("rows stored twice that were not counted");
  }
  std::map<std::string, std::uint64_t> failed;
  for (auto& [text, x] : rows_) {
    failed[x.table] += x.failed ? 1 : 0;
    if (x.failed && !x.uncertain && x.copies > 0)
      return complain(text + " failed for certain, and is stored");
    if (!x.failed && x.copies == 0 && x.told == 0 && unwritten() == 0)
      return complain(text + " has vanished");
    if (x.told > 1 && !collector_crashed_)
      return complain(text + " was told to have failed twice");
    if (x.failed && x.told == 0 && mine->missed_rows.empty())
      return complain(text + " failed, and nobody was told");
  }
  for (auto& [table, x] : boss().books.tables())
    if (x.failed != failed[table] && mine->missed_rows.empty())
      return complain("the books of " + table + " are wrong about failures");
  if (letters_)
    check_letters();
  // What was in flight when time was up may stay so until the node ends.
  auto over
    = !hasty_ || (google->open.empty() && !crashed_ && unwritten() == 0);
  if (over && room->used() != 0)
    complain("the budget keeps " + std::to_string(room->used())
             + " bytes for nothing");
}

void world::check_letters() {
  for (auto& [text, lines] : letters_->lines) {
    auto i = rows_.find(text);
    if (i == rows_.end())
      return complain("a dead letter of a row that nobody sent");
    if (!i->second.failed && unwritten() == 0 && mine->missed_rows.empty())
      return complain(text + " is written, and has not failed");
    if (lines > 1 && !writer_crashed_)
      return complain(text + " is written twice");
  }
}

std::uint64_t world::unwritten() const {
  return reports.empty() ? 0 : reports[0].unwritten;
}

void world::complain(const std::string& text) {
  if (!broken_)
    broken_ = text;
}

std::optional<std::string> run(const schedule& x) {
  world w{x.settings};
  for (auto& y : x.events) {
    w.happen(y);
    if (w.broken())
      return w.broken();
  }
  w.finish();
  return w.broken();
}

} // namespace bqs::model
