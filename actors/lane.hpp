#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "actors/batch.hpp"
#include "actors/options.hpp"

namespace bqs {

/// The mind of a STREAMER: which rows are ready, what a batch holds, what
/// becomes of each row after an answer. No actors, clocks or dice: time and
/// chance come in with the calls.
///
/// Invariant: a row that was added is open, delayed, in one batch in flight,
/// or decided.
class lane {
public:
  /// How the table looks from here.
  struct condition {
    table_state state = table_state::ok;
    /// The service's words.
    std::string reason;

    friend bool operator==(const condition&, const condition&) = default;
  };

  /// @param generation of the streamer; keeps batch numbers unique over
  ///        restarts.
  lane(const table_options& options, std::uint32_t generation);

  // -- events -----------------------------------------------------------------

  /// Opens rows of `source`, except those that came in with `adopt`.
  /// @param uncertain an earlier generation may have sent them.
  void add(const held_block_ptr& source, row_range rows, time_point now,
           bool uncertain = false);

  /// Takes over a batch that an earlier generation has in flight. Before any
  /// `add`.
  void adopt(const batch_ptr& x);

  /// Makes all open rows ready. Returns how many.
  std::uint64_t flush();

  /// From now on open rows are ready at once.
  void drain();

  /// The turn has come: cuts a batch, which is in flight from now on. Null if
  /// nothing is ready any more. Rows that are too old are decided instead.
  batch_ptr cut(time_point now, std::vector<decision>& decided);

  /// An answer: decides its rows or opens them again. Unknown batches are
  /// ignored: each batch ends once.
  /// @param point in [0, 1): picks the waits.
  void settle(const batch_result& x, time_point now, double point,
              std::vector<decision>& decided);

  /// Time is over: decides all rows that are left as `shutdown`.
  void abandon(std::vector<decision>& decided);

  // -- questions --------------------------------------------------------------

  /// Whether a turn would give a batch now.
  bool ready(time_point now) const;

  /// When to look again though nothing else happens; nothing if never.
  std::optional<time_point> wake_at(time_point now) const;

  const condition& state() const noexcept {
    return condition_;
  }

  std::uint64_t open_rows() const noexcept {
    return open_rows_;
  }

  /// Number of batches in flight.
  std::size_t in_flight() const noexcept {
    return in_flight_.size();
  }

  /// The batch in flight with this number; null if there is none.
  batch_ptr in_flight(std::uint64_t number) const;

  bool empty() const noexcept {
    return open_.empty() && delayed_.empty() && in_flight_.empty();
  }

private:
  struct walker;

  std::size_t body_bytes(const slice& x) const noexcept;
  std::uint32_t fitting(const slice& x, std::size_t bytes) const noexcept;
  void push_back(slice x);
  void push_front(slice x);
  slice take_front(std::uint32_t rows);
  void open_again(std::vector<slice> xs);
  void settle_whole(const batch& sent, const http::outcome& x, time_point now,
                    double point, walker& rows);
  void trouble(const batch& sent, const http::outcome& x, time_point now,
               double point);
  void release_delayed(time_point now);
  bool too_old(const slice& x, time_point now) const;
  bool last_try(const slice& x, time_point now) const;

  table_options options_;
  std::uint64_t next_number_;
  bool draining_ = false;

  std::deque<slice> open_;
  std::uint64_t open_rows_ = 0;
  std::size_t open_bytes_ = 0;
  /// Rows at the front that need not reach a threshold.
  std::uint64_t forced_rows_ = 0;
  /// Rows with a wait of their own, by its end.
  std::multimap<time_point, slice> delayed_;
  std::map<std::uint64_t, batch_ptr> in_flight_;
  /// Rows of adopted batches, by number of their block; also when their answer
  /// has come, for it may be here before they are added.
  std::map<std::uint64_t, row_ranges> adopted_;

  condition condition_;
  /// Failures of whole requests in a row; 0: no trouble.
  std::uint32_t failures_ = 0;
  /// No request before.
  time_point closed_until_{};
  /// Batches below were sent before the trouble was known: their failure is
  /// no news.
  std::uint64_t news_from_ = 0;
  /// Batches below may be sent again at once after a 401.
  std::optional<std::uint64_t> token_news_from_;
  std::optional<time_point> missing_since_;
};

} // namespace bqs
