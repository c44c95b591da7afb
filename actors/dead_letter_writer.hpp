#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>

#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include "actors/dead_letter_file.hpp"
#include "actors/dead_letter_gauge.hpp"
#include "actors/internal.hpp"

namespace bqs {

/// What a writer is told at start. File and gauge outlive it: its successor
/// goes on with them.
struct dead_letter_writer_init {
  std::shared_ptr<dead_letter_file> file;
  std::shared_ptr<dead_letter_gauge> gauge;
  /// Of tables that name none.
  std::string project;
};

/// The state of a DEAD LETTER WRITER.
///
/// Invariant: `pending` waits for one message to itself, and only then.
struct dead_letter_writer_state {
  using pointer
    = dead_letter_writer_actor::stateful_pointer<dead_letter_writer_state>;

  static inline const char* name = "dead-letter-writer";

  /// Failed rows that are not safe yet.
  struct entry {
    internal::losses what;
    http::micro_time time;
    caf::typed_response_promise<std::uint64_t> done;
  };

  /// A row of an entry: the next one to write.
  struct place {
    std::size_t entry = 0;
    std::size_t item = 0;
    /// From the first row of the item.
    std::uint32_t row = 0;
  };

  explicit dead_letter_writer_state(pointer self_ptr) : self(self_ptr) {
    // nop
  }

  caf::result<std::uint64_t> take_in(const internal::losses& x);

  /// Writes all that waits, and answers; in trouble some of it, and comes
  /// back later.
  void write_out();

  /// Writes and syncs as many rows as one group may hold. Returns why not, and
  /// has then written none.
  std::string write_group();

  /// Makes lines of the rows from `at` on, and moves it behind them.
  void make_lines(place& at);

  /// Answers for the entries before `next`.
  void answer(place next);

  /// Takes note of how it goes; logs what has changed.
  void note(const std::string& why);

  pointer self;
  dead_letter_writer_init init;
  std::deque<entry> pending;
  /// In `pending`.
  place next;
  std::uint32_t failed_tries = 0;
  /// Lines on their way to the file.
  std::string lines;
};

/// Spawn detached: writing blocks.
dead_letter_writer_actor::behavior_type
dead_letter_writer(dead_letter_writer_state::pointer self,
                   dead_letter_writer_init init);

} // namespace bqs
