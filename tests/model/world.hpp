#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tests/house.hpp"
#include "tests/model/schedule.hpp"

namespace bqs::model {

/// What the stand-in for the writer of dead letters has written.
struct paper {
  /// The disk takes nothing.
  bool sick = false;
  /// What is written is not answered for.
  bool mute = false;
  /// Lines of each row, by its text.
  std::map<std::string, std::uint32_t> lines;
};

/// A node with all its actors, a small model of the service in front of it,
/// and books of its own about each row that was sent.
class world : private test::house {
public:
  explicit world(std::uint32_t settings);

  /// Lets an event happen. Afterwards `broken` tells whether it broke the
  /// promise.
  void happen(const event& x);

  /// Ends all trouble and drains, or drains in the middle of it; then
  /// everything must be settled.
  void finish();

  /// How the promise was broken first.
  const std::optional<std::string>& broken() const noexcept {
    return broken_;
  }

private:
  /// What became of a row that the node has accepted.
  struct record {
    std::string table;
    bool settled = false;
    bool failed = false;
    bool uncertain = false;
    /// A post ended, or may end, without telling whether it is stored.
    bool doubtful = false;
    /// Rows of the last post that it was in.
    std::uint32_t company = 0;
    /// Copies in the table.
    std::uint32_t copies = 0;
    /// When BigQuery last saw its insert id.
    std::optional<time_point> seen;
    /// How often subscribers were told that it failed.
    std::uint32_t told = 0;
  };

  /// A block that was sent.
  struct sent_block {
    block rows;
    bool accepted = false;
    std::optional<receipt> outcome;
    /// Receipts that may come: one, and one for each time the sender asks.
    std::uint32_t receipts_due = 1;
  };

  void send_block(const event& x);
  void send_row(const event& x);
  void answer_post(const event& x, bool well);
  void crash_one(const event& x);
  void crash_writer(const event& x);

  /// Starts something and leaves it in the middle.
  void interrupt(const event& x);

  /// Runs less than `most` of the actors that have something to do, the one
  /// that waits longest or shortest.
  void run_some(std::uint32_t dice, std::uint32_t most);

  /// Crashes a streamer, maybe over one of its blocks.
  void crash_streamer(const event& x);

  /// Lets the service recover until nothing is held.
  void recover();

  /// Drains; the service does as it likes all the while.
  void drain_in_trouble();

  /// Drains what is settled.
  void drain_in_peace();

  /// A post has reached the service.
  void arrive(const internal::job& x);
  /// The service stores the rows of a post, but those at `except`.
  void commit(const internal::job& x, const std::set<std::uint32_t>& except);
  http::outcome pick_outcome(const internal::job& x, const event& by);

  void read_mail();
  void take_receipt(const receipt& x);
  /// A row has failed for this reason.
  void take_failure(const std::string& text, record& x,
                    const failure_reason& why);
  /// Whether a post with this row is open.
  bool is_open(const std::string& text) const;
  void check();
  void check_books();
  /// When all is over.
  void check_outcomes();
  void check_letters();
  /// Failed rows that the node has left behind unwritten.
  std::uint64_t unwritten() const;
  void complain(const std::string& text);

  supervisor_state& boss();

  std::uint32_t settings_;
  bool no_ids_ = false;
  bool hasty_ = false;
  bool listening_ = true;
  bool crashed_ = false;
  bool collector_crashed_ = false;
  bool writer_crashed_ = false;
  /// Null: there are no dead letters.
  std::shared_ptr<paper> letters_;
  std::set<std::string> paused_;
  std::uint64_t next_row_ = 0;
  std::uint64_t next_single_ = 1'000'000;
  std::vector<sent_block> blocks_;
  /// What the streamers of each lane have in hand.
  std::map<std::uint32_t, std::shared_ptr<internal::streamer_notes>> notes_;
  /// By text: each is sent once.
  std::map<std::string, record> rows_;
  std::uint64_t accepted_ = 0;
  std::optional<std::string> broken_;
};

/// Runs a schedule to its end. Returns how it broke the promise, if it did.
std::optional<std::string> run(const schedule& x);

} // namespace bqs::model
