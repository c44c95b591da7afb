#include "actors/dead_letter_writer.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include <spdlog/spdlog.h>

#include "actors/crash_place.hpp"
#include "actors/dead_letter.hpp"
#include "actors/insert_id.hpp"
#include "client/stray_errors.hpp"
#include "http/backoff.hpp"

namespace bqs {

using internal::losses;

namespace {

std::uint64_t rows_of(const losses& x) {
  std::uint64_t result = 0;
  for (auto& y : *x.items)
    result += y.rows.size();
  return result;
}

} // namespace

caf::result<std::uint64_t> dead_letter_writer_state::take_in(const losses& x) {
  // What has queued up behind the first one goes into the same group.
  if (pending.empty())
    self->send(self, caf::tick_atom_v);
  auto now = std::chrono::floor<std::chrono::microseconds>(
    std::chrono::system_clock::now());
  pending.push_back({x, now, self->make_response_promise<std::uint64_t>()});
  return pending.back().done;
}

void dead_letter_writer_state::write_out() {
  while (!pending.empty()) {
    auto why = write_group();
    note(why);
    if (!why.empty()) {
      http::backoff waits{100ms, 5s};
      self->delayed_send(self, waits.ceiling(++failed_tries), caf::tick_atom_v);
      return;
    }
    failed_tries = 0;
  }
}

std::string dead_letter_writer_state::write_group() {
  auto& file = *init.file;
  file.roll_back(); // what a crash has left
  auto behind = next;
  make_lines(behind);
  auto why = file.append(lines);
  if (why.empty())
    why = file.sync();
  init.gauge->bytes = file.bytes();
  init.gauge->dropped_files = file.dropped_files();
  if (why.empty())
    answer(behind);
  return why;
}

void dead_letter_writer_state::make_lines(place& at) {
  // On a disk that is nearly full fewer may do.
  auto most = std::max(init.file->group_bytes() >> std::min(failed_tries, 20u),
                       std::size_t{4096});
  lines.clear();
  for (; at.entry < pending.size(); ++at.entry, at.item = 0) {
    auto& x = pending[at.entry];
    for (; at.item < x.what.items->size(); ++at.item, at.row = 0) {
      auto& y = (*x.what.items)[at.item];
      auto& from = y.source->rows;
      auto table = from.table;
      if (table.project.empty())
        table.project = init.project;
      auto head = dead_letter_head(x.time, table, y.why, y.attempts);
      for (; at.row < y.rows.size(); ++at.row) {
        auto i = y.rows.from + at.row;
        auto before = lines.size();
        append_dead_letter(lines, head, insert_id_of(from, i),
                           from.bytes->row(i));
        if (before > 0 && lines.size() > most) {
          lines.resize(before); // a longer line goes alone
          return;
        }
      }
    }
  }
}

void dead_letter_writer_state::answer(place behind) {
  next = behind;
  for (; next.entry > 0; --next.entry) {
    auto& x = pending.front();
    init.gauge->written += rows_of(x.what);
    x.done.deliver(x.what.number);
    pending.pop_front();
  }
}

void dead_letter_writer_state::note(const std::string& why) {
  if (!init.gauge->set_error(why))
    return;
  if (why.empty())
    spdlog::warn("dead letters are written again");
  else
    spdlog::error("failed rows are held, their dead letters cannot be "
                  "written: {}",
                  why);
}

dead_letter_writer_actor::behavior_type
dead_letter_writer(dead_letter_writer_state::pointer self,
                   dead_letter_writer_init init) {
  auto& state = self->state;
  state.init = std::move(init);
  self->set_default_handler(caf::drop);
  name_crashes(self);
  ignore_stray_errors(self);
  return {
    [&state](const losses& x) { return state.take_in(x); },
    [&state](caf::tick_atom) { state.write_out(); },
  };
}

} // namespace bqs
