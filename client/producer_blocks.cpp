#include <algorithm>
#include <utility>

#include "client/message_limits.hpp"
#include "client/producer_state.hpp"
#include "client/send_to.hpp"
#include "http/backoff.hpp"

// What becomes of a producer's blocks, and of its node.
namespace bqs {

namespace {

using namespace std::chrono_literals;

/// Longest wait between two tries of a refused block.
constexpr std::chrono::milliseconds longest_wait = 5s;

/// The rows from `from` up to `to` as bytes of their own.
std::shared_ptr<const block_bytes>
part_of(const block_bytes& x, std::uint32_t from, std::uint32_t to) {
  block_builder result;
  for (auto i = from; i < to; ++i)
    result.add(x.row(i), x.id(i));
  return result.take_rows();
}

} // namespace

// -- blocks out ---------------------------------------------------------------

void producer_state::send(std::uint64_t first) {
  auto i = out.find(first);
  if (i == out.end() || !node)
    return;
  auto& b = i->second;
  b.napping = false;
  auto& ids = b.what.bytes->id_ends; // not in `bytes`: halves may have none
  if (b.bytes + ids.size() * sizeof(ids[0]) > most_sent) {
    admission none;
    none.code = admission_code::block_too_large;
    none.text = "more than " + std::to_string(most_sent) + " bytes";
    handle(first, none);
    return;
  }
  b.asked = true;
  b.doubt = true;
  b.twice = b.twice || b.orphaned;
  b.admission = ++last_admission;
  b.asked_at = self->clock().now();
  auto awaited = [this, first, number = last_admission] {
    auto j = out.find(first);
    return j != out.end() && j->second.admission == number;
  };
  // `watch` sees to its time: a timeout would stay in the clock for each block,
  // answered or not.
  self->request(node, caf::infinite, b.what)
    .then(
      [this, first, awaited](const admission& x) {
        if (awaited())
          handle(first, x);
      },
      [this, first, awaited](caf::error&) {
        if (awaited())
          ask_about(first);
      });
}

void producer_state::resend_after(std::uint64_t first,
                                  std::chrono::milliseconds wait) {
  // Half of the wait is chance, so that many senders do not come at once.
  auto point = std::uniform_real_distribution<>{0.5, 1.0}(dice);
  auto nap = std::chrono::milliseconds{
    static_cast<std::int64_t>(static_cast<double>(wait.count()) * point)};
  self->delayed_send(self, nap + 1ms, caf::tick_atom_v, block_ticks + first);
}

void producer_state::wake(std::uint64_t first) {
  if (auto i = out.find(first); i != out.end() && i->second.napping)
    send(first);
}

void producer_state::handle(std::uint64_t first, const admission& x) {
  auto i = out.find(first);
  if (i == out.end())
    return; // its receipt was quicker
  auto& b = i->second;
  b.heard = self->clock().now();
  b.asked = false;
  b.admission = 0;
  using code = admission_code;
  if (x.code == code::accepted) {
    b.admitted = true;
    b.refusals = 0;
    return;
  }
  b.doubt = false;
  if (x.code == code::overloaded || x.code == code::draining) {
    auto asked = std::chrono::duration_cast<std::chrono::milliseconds>(x.wait);
    http::backoff waits{std::max(asked, 10ms), longest_wait};
    b.napping = true;
    resend_after(first, waits.ceiling(++b.refusals));
  } else if (x.code == code::block_too_large && b.what.rows() > 1) {
    split(first);
  } else {
    auto reason
      = x.code == code::block_too_large ? "too_large" : to_string(x.code);
    fail(first, {reason, x.text, {}, 0, b.twice});
  }
}

void producer_state::ask_about(std::uint64_t first) {
  auto i = out.find(first);
  if (i == out.end() || !node)
    return;
  auto& b = i->second;
  b.asked = true;
  b.admission = 0; // too late
  ask question{stream, first, b.what.rows(), b.what.table};
  self->request(node, options.admission_timeout, question)
    .then(
      [this, first, mine = generation](const standing& x) {
        auto j = out.find(first);
        if (mine != generation || j == out.end())
          return;
        auto& known = j->second;
        known.heard = self->clock().now();
        known.asked = false;
        if (x.code == standing_code::settled && x.receipt) {
          handle(*x.receipt);
        } else if (x.code == standing_code::held) {
          known.admitted = known.doubt = true;
          known.orphaned = false; // it was this node that had it
        } else {
          // It had the block, and has forgotten what became of it.
          known.twice = known.twice || known.admitted;
          known.admitted = false;
          send(first);
        }
      },
      [this, first, mine = generation](caf::error&) {
        auto j = out.find(first);
        if (mine != generation || j == out.end())
          return;
        // No answer either: `watch` asks again, and the node's end is told.
        j->second.admitted = true;
        j->second.asked = false;
        j->second.heard = self->clock().now() - options.receipt_timeout;
      });
}

void producer_state::split(std::uint64_t first) {
  auto i = out.find(first);
  auto whole = std::move(i->second);
  out.erase(i);
  auto& rows = *whole.what.bytes;
  auto half = rows.rows() / 2;
  // The same numbers: the same insert ids.
  auto lay_out = [&](std::uint32_t from, std::uint32_t to) {
    out_block x;
    x.what = whole.what;
    x.orphaned = whole.orphaned;
    x.twice = whole.twice;
    x.what.first = first + from;
    x.what.bytes = part_of(rows, from, to);
    x.bytes = size_of(*x.what.bytes);
    std::uint32_t at = 0;
    for (auto& y : whole.segments) {
      auto begin = std::max(at, from);
      auto end = std::min(at + y.rows, to);
      if (begin < end)
        x.segments.push_back({y.pusher, y.tag + (begin - at), end - begin});
      at += y.rows;
    }
    out.emplace(first + from, std::move(x));
    send(first + from);
  };
  lay_out(0, half);
  lay_out(half, rows.rows());
}

// -- outcomes -----------------------------------------------------------------

void producer_state::handle(const receipt& x) {
  auto i = out.find(x.first);
  if (x.stream != stream || i == out.end() || i->second.what.rows() != x.rows)
    return; // came twice
  auto b = std::move(i->second);
  out.erase(i);
  settle(b, x);
}

void producer_state::acknowledge() {
  if (node && unacknowledged > 0)
    self->send(node, receipts_ack{std::exchange(unacknowledged, 0)});
}

void producer_state::fail(std::uint64_t first, failure_reason why) {
  auto i = out.find(first);
  auto b = std::move(i->second);
  out.erase(i);
  receipt x;
  x.first = first;
  x.rows = b.what.rows();
  x.reasons.push_back(std::move(why));
  x.failures.push_back({first, x.rows, 0});
  settle(b, x);
}

void producer_state::settle(const out_block& x, const receipt& y) {
  totals.stored += y.stored;
  totals.failed += y.rows - y.stored;
  auto duplicated = x.twice ? y.stored : y.possibly_duplicated;
  totals.possibly_duplicated += duplicated;
  auto at = x.what.first;
  auto failure = y.failures.begin();
  for (auto& part : x.segments) {
    settlement result;
    result.table = x.what.table;
    result.tag = part.tag;
    result.rows = part.rows;
    result.stored = part.rows;
    auto end = at + part.rows;
    while (failure != y.failures.end() && failure->first < end) {
      auto from = std::max(failure->first, at);
      auto to = std::min(failure->first + failure->rows, end);
      auto rows = static_cast<std::uint32_t>(to - from);
      result.failures.push_back(
        {part.tag + (from - at), rows, failure->reason});
      result.stored -= rows;
      if (failure->first + failure->rows > end)
        break; // goes on in the next part
      ++failure;
    }
    if (!result.failures.empty()) // many parts share a receipt
      result.reasons = y.reasons;
    // The receipt counts them for the whole block: the first parts show them.
    result.possibly_duplicated = std::min(duplicated, result.stored);
    duplicated -= result.possibly_duplicated;
    at = end;
    send_to(self, part.pusher, std::move(result));
  }
  auto i = tables.find(x.what.table);
  i->second.unsettled -= x.bytes;
  auto was_full = unsettled > options.total_window;
  unsettled -= x.bytes;
  make_room(i->second);
  if (i->second.unsettled == 0)
    tables.erase(i);
  if (was_full)
    for (auto& [which, other] : tables)
      make_room(other);
  check_closed();
}

// -- the node -----------------------------------------------------------------

void producer_state::find_node(sender_actor x) {
  node = std::move(x);
  ++generation;
  hopeless.clear();
  // Only where nobody can have a block is there no need to ask.
  std::vector<std::pair<std::uint64_t, bool>> all;
  for (auto& [first, b] : out)
    all.emplace_back(first, b.orphaned);
  for (auto [first, orphaned] : all)
    if (orphaned)
      ask_about(first);
    else
      send(first);
}

void producer_state::lose_node() {
  node = nullptr;
  ++generation;
  unacknowledged = 0;
  alone_since = self->clock().now();
  for (auto& [first, x] : out) {
    x.orphaned = x.orphaned || x.doubt;
    x.admitted = x.asked = x.napping = x.doubt = false;
    x.admission = 0;
  }
}

void producer_state::give_up(const std::string& why) {
  hopeless = why;
  std::vector<std::pair<std::uint64_t, bool>> all;
  for (auto& [first, x] : out)
    all.emplace_back(first, x.orphaned || x.twice);
  for (auto [first, uncertain] : all)
    fail(first, {"node_lost", why, {}, 0, uncertain});
  pack_all();
  check_closed();
}

} // namespace bqs
