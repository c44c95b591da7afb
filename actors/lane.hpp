#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "actors/batch.hpp"
#include "actors/row_queue.hpp"
#include "actors/size_limit.hpp"
#include "bqstreamer/options.hpp"

namespace bqs {

struct batch_walker;

/// The mind of a STREAMER: which rows are ready, what a batch holds, what
/// becomes of each row after an answer. No actors, clocks or dice: time and
/// chance come in with the calls.
///
/// Invariant: a row that was added is open, in a part, delayed, in one batch in
/// flight, or decided.
///
/// A batch that is refused whole, for its size or without a word about its
/// rows, comes back in two *parts*. Each is sent by itself, ahead of open rows,
/// until the rows that are to blame are alone.
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
  lane(std::shared_ptr<const table_options> options, std::uint32_t generation);

  lane(const table_options& options, std::uint32_t generation)
    : lane(std::make_shared<table_options>(options), generation) {
    // nop
  }

  // -- events -----------------------------------------------------------------

  /// Opens rows of `source`, except those that came in with `adopt`.
  /// @param uncertain an earlier generation may have sent them.
  void add(const held_block_ptr& source, row_range rows, time_point now,
           bool uncertain = false);

  /// Takes over a batch that an earlier generation has in flight. Before any
  /// `add`.
  void adopt(const batch_ptr& x);

  /// Takes over how an earlier generation has left the table: what was in
  /// trouble is probed first. Before any `add`.
  void inherit(const condition& x);

  /// Makes all open rows ready. Returns how many need not wait any more.
  std::uint64_t flush();

  /// From now on open rows are ready at once.
  void drain();

  /// Nothing is sent any more until `resume`; answers are still taken.
  void pause();
  void resume();

  /// Whether the service refuses the credential, and so all tables. There are
  /// no turns meanwhile but for a probe.
  void note_credential(bool refused, const std::string& reason);

  /// While the table is in trouble, decides rows that are too old, so that they
  /// need not wait for a turn.
  void expire(time_point now, std::vector<decision>& decided);

  /// The turn has come: cuts a batch, which is in flight from now on. Null if
  /// nothing is ready any more. Rows that are too old are decided instead.
  /// @param probe_only rows that were tried before go as a small probe.
  batch_ptr cut(time_point now, std::vector<decision>& decided,
                bool probe_only = false);

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

  /// When to look again though nothing else happens; nothing if never. While a
  /// turn is due only to `expire`.
  std::optional<time_point> wake_at(time_point now,
                                    bool turn_due = false) const;

  const condition& state() const noexcept;

  /// Rows that wait for a turn, those in parts included.
  std::uint64_t open_rows() const noexcept;

  /// Number of batches in flight.
  std::size_t in_flight() const noexcept {
    return in_flight_.size();
  }

  /// The batch in flight with this number; null if there is none.
  batch_ptr in_flight(std::uint64_t number) const;

  /// Numbers of the blocks of which rows are not decided.
  std::set<std::uint64_t> blocks() const;

  bool empty() const noexcept {
    return open_.empty() && parts_.empty() && delayed_.empty()
           && in_flight_.empty();
  }

private:
  /// Rows that are sent by themselves.
  struct part {
    row_queue rows;
    std::shared_ptr<split> of;
  };

  void fill(batch& x, row_queue& from, time_point now, bool probe_only,
            std::vector<decision>& decided);
  void open_again(std::vector<slice> xs);
  void settle_whole(const batch& sent, const http::outcome& x, time_point now,
                    double point, batch_walker& rows);
  void settle_named(const http::outcome& x, time_point now, double point,
                    batch_walker& rows);
  void settle_refused(const batch& sent, const http::outcome& x,
                      batch_walker& rows);
  void settle_unanswered(const batch& sent, const http::outcome& x,
                         time_point now, double point, batch_walker& rows);
  std::shared_ptr<split> split_of(const batch& sent,
                                  std::uint32_t requests) const;
  void take_apart(std::vector<slice> xs, const std::shared_ptr<split>& of);
  void push_part(std::vector<slice> xs, const std::shared_ptr<split>& of);
  void trouble(const batch& sent, const http::outcome& x, time_point now,
               double point);
  void release_delayed(time_point now);
  void expire(row_queue& from, time_point now,
              std::vector<decision>& decided) const;
  bool troubled() const noexcept;
  bool full() const noexcept;
  bool too_old(const slice& x, time_point now) const;
  bool last_try(const slice& x, time_point now) const;
  bool forgotten(const slice& x, time_point now) const;
  failure_reason expired(const slice& x) const;
  static failure_reason past_window(const slice& x);

  std::shared_ptr<const table_options> options_;
  std::uint64_t next_number_;
  bool draining_ = false;
  bool paused_ = false;

  row_queue open_;
  /// Rows at the front that need not reach a threshold.
  std::uint64_t forced_rows_ = 0;
  std::list<part> parts_;
  /// Rows with a wait of their own, by its end.
  std::multimap<time_point, slice> delayed_;
  /// Never more than there are slots.
  std::vector<batch_ptr> in_flight_;
  /// Rows of adopted batches, by number of their block; also when their answer
  /// has come, for it may be here before they are added.
  std::map<std::uint64_t, row_ranges> adopted_;

  size_limit limit_;
  condition condition_;
  /// As the credential makes it; null while the service takes that.
  std::shared_ptr<const condition> credential_;
  /// Failures of whole requests in a row; 0: no trouble.
  std::uint32_t failures_ = 0;
  /// The service has asked for less, and taken nothing since.
  bool slowed_ = false;
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
