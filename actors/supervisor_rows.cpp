#include "actors/supervisor.hpp"

#include <algorithm>
#include <utility>

#include <spdlog/spdlog.h>

namespace bqs {

using namespace internal;

namespace {

/// Whether `next` are the rows behind `x` and have failed as those have.
bool continues(const decision& x, const decision& next) {
  return x.source == next.source && x.rows.to == next.rows.from
         && x.attempts == next.attempts && x.why == next.why;
}

/// Failed rows that so many error collectors ended over are told to nobody.
constexpr std::uint32_t most_collectors = 5;

/// Bytes that decisions take.
std::size_t cost(const std::vector<decision>& xs) {
  auto result = xs.size() * sizeof(decision);
  for (auto& x : xs)
    result
      += x.why.reason.size() + x.why.message.size() + x.why.location.size();
  return result;
}

} // namespace

admission supervisor_state::admit(const offer& x) {
  auto& b = x.rows;
  admission answer;
  answer.stream = b.stream;
  answer.first = b.first;
  answer.rows = b.rows();
  auto found = registry.find({b.stream, b.first, b.rows(), b.table});
  switch (found.how) {
    case block_registry::relation::conflict:
      answer.code = admission_code::conflict;
      answer.text = "overlaps another block of the same stream";
      return answer;
    case block_registry::relation::held:
      placings[found.number].sender = x.sender; // it has moved, or asked twice
      return answer;
    case block_registry::relation::settled:
      self->send(gate, deliveries{{{x.sender, found.outcome}}});
      return answer;
    case block_registry::relation::fresh:
      break;
  }
  auto held = std::make_shared<held_block>();
  held->number = ++last_block;
  held->rows = b;
  held->admitted = self->clock().now();
  held->reserved = std::move(*x.reserved);
  registry.admit(held);
  auto table = display_name(b.table);
  books.accept(table, b.rows());
  auto& lane = route(b, table);
  lane.blocks.insert(held->number);
  lane.bytes += held->reserved.bytes();
  placings[held->number] = {lane.id, table, x.sender, 0};
  if (lane.entered) // else: its streamer gets all of them when it is
    assign(lane, held->number);
  return answer;
}

standing supervisor_state::tell(const inquiry& x) {
  auto found = registry.find(x.about);
  standing answer;
  if (found.how == block_registry::relation::held) {
    answer.code = standing_code::held;
    placings[found.number].sender = x.sender;
  } else if (found.how == block_registry::relation::settled) {
    answer.code = standing_code::settled;
    answer.receipt = *found.outcome;
  }
  return answer;
}

void supervisor_state::settle(std::vector<decision> xs) {
  std::vector<decision> failed;
  deliveries due;
  for (auto& x : xs) {
    auto number = x.source->number;
    for (auto& rows : registry.decide(number, x.rows)) {
      if (x.stored) {
        registry.store(*registry.held(number), rows, x.possibly_duplicated);
        books.store(placings[number].table, rows.size(),
                    x.possibly_duplicated ? rows.size() : 0);
      } else {
        auto y = x;
        y.rows = rows;
        failed.push_back(std::move(y));
      }
    }
    close(number, due);
  }
  send_receipts(std::move(due));
  collect(std::move(failed));
}

void supervisor_state::give_up(std::uint64_t number, failure_reason why) {
  auto record = registry.held(number);
  if (record == nullptr)
    return;
  std::vector<decision> xs;
  for (auto& rows : record->decided.missing(record->outcome.rows))
    xs.push_back({record->source, rows, false, why, false, 0});
  settle(std::move(xs));
}

void supervisor_state::expire_quarantined() {
  auto now = self->clock().now();
  for (auto& [id, lane] : lanes)
    if (lane.quarantined)
      for (auto number : std::set<std::uint64_t>{lane.blocks}) {
        auto admitted = registry.held(number)->source->admitted;
        if (now - admitted >= lane.options->retry.max_age) {
          lane.disowned = true;
          give_up(number, {"expired", lane.reason, {}, 0, true});
        }
      }
}

/// Cut into pieces of bounded size: the writer of dead letters answers for
/// each of them.
void supervisor_state::collect(std::vector<decision> xs) {
  constexpr std::size_t piece_bytes = 1u << 20;
  std::vector<decision> piece;
  std::size_t bytes = 0;
  for (auto& x : xs) {
    auto size = x.source->rows.bytes->json_bytes(x.rows.from, x.rows.to);
    if (bytes > 0 && bytes + size > piece_bytes) {
      add_loss(std::exchange(piece, {}));
      bytes = 0;
    }
    bytes += size;
    if (!piece.empty() && continues(piece.back(), x))
      piece.back().rows.to = x.rows.to;
    else
      piece.push_back(std::move(x));
  }
  if (!piece.empty())
    add_loss(std::move(piece));
}

void supervisor_state::add_loss(std::vector<decision> xs) {
  auto number = ++last_losses;
  auto& x = losses[number];
  for (auto& y : xs)
    x.rows += y.rows.size();
  x.items = std::make_shared<const std::vector<decision>>(std::move(xs));
  x.written = !init.make_dead_letters;
  if (!x.written) {
    unwritten += x.rows;
    // A disk may take long: reasons can outweigh their rows.
    auto bytes = cost(*x.items);
    init.room->charge(bytes);
    x.reserved = lease{init.room, bytes};
    if (dead_letters)
      write_losses(number);
  } else if (collector_entered) {
    send_losses(number);
  }
}

void supervisor_state::write_losses(std::uint64_t number) {
  self
    ->request(dead_letters, caf::infinite,
              internal::losses{number, losses[number].items})
    .then(
      [this](std::uint64_t done) {
        auto i = losses.find(done);
        if (i == losses.end() || i->second.written)
          return;
        i->second.written = true;
        i->second.reserved = {};
        unwritten -= i->second.rows;
        if (collector_entered)
          send_losses(done);
      },
      [](caf::error&) {
        // It has ended: the next one gets them again.
      });
}

void supervisor_state::send_losses(std::uint64_t number) {
  // The last report may come before the collector's answer, and calls the rows
  // held: so they are told to nobody.
  if (at >= stage::telling)
    return;
  if (++losses[number].told > most_collectors) {
    spdlog::error("{} failed rows are told to nobody: {} collectors ended over "
                  "them",
                  losses[number].rows, most_collectors);
    init.count->missed += losses[number].rows;
    settle_losses(number);
    return;
  }
  self
    ->request(collector, caf::infinite,
              internal::losses{number, losses[number].items})
    .then([this](std::uint64_t done) { settle_losses(done); },
          [](caf::error&) {
            // It has ended: the next one gets them again.
          });
}

void supervisor_state::settle_losses(std::uint64_t number) {
  auto i = losses.find(number);
  if (i == losses.end() || at == stage::ended)
    return;
  auto xs = std::move(i->second.items);
  losses.erase(i);
  deliveries due;
  for (auto& x : *xs) {
    auto block = x.source->number;
    auto& table = placings[block].table;
    registry.fail(*registry.held(block), x.rows, x.why);
    books.fail(table, x.rows.size());
    if (x.why.reason == "shutdown")
      shut_down[table] += x.rows.size();
    close(block, due);
  }
  send_receipts(std::move(due));
}

void supervisor_state::close(std::uint64_t block, deliveries& due) {
  auto record = registry.held(block);
  if (record == nullptr)
    return;
  auto bytes = record->source->reserved.bytes();
  auto now = self->clock().now();
  auto receipt = registry.close(block, now);
  if (!receipt)
    return;
  auto i = placings.find(block);
  auto& lane = lanes[i->second.lane];
  lane.blocks.erase(block);
  lane.suspected.erase(block);
  lane.bytes -= bytes;
  lane.idle_since = now;
  if (i->second.sender)
    due.all.push_back({i->second.sender, std::move(receipt)});
  placings.erase(i);
}

void supervisor_state::send_receipts(deliveries due) {
  if (!due.all.empty())
    self->send(gate, std::move(due));
  check_drained();
}

} // namespace bqs
