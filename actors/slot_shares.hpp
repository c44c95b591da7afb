#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "actors/batch.hpp"

namespace bqs {

/// How many slots (requests at once) each table may use, so that one that
/// answers late or never does not hold up the others. A table is *active*
/// while it uses a slot and for ten seconds after it used or wanted one.
/// While several are active,
///
/// * each has a share of slots / active tables, rounded up so that no slot is
///   idle while tables wait;
/// * over its share a table may *borrow* slots while more than half of those
///   that slow tables leave are free: what it holds may take long, and others
///   come back at any time;
/// * after a timeout it uses one, until another request ends otherwise;
/// * tables that are *slow* use half of the slots together. Slow is one whose
///   oldest request, or last one, took longer than max(1 s, 4 x the median of
///   recent answers).
///
/// What slow tables have may be stuck, and is no reason for others to wait: it
/// is beside the slots, as long as there are no more than the most in all.
///
/// A table that is alone uses all slots. No clock: time comes in with the
/// calls, and never goes back.
class slot_shares {
public:
  /// How a request ended.
  enum class ending : std::uint8_t {
    /// It never left: tells nothing of its table.
    unused,
    /// The service has judged it.
    answered,
    /// It failed as a whole.
    failed,
    timed_out,
  };

  /// @param most slots ever.
  slot_shares(std::uint32_t slots, std::uint32_t most);

  /// So many slots there are from now on; more may be in use for a while.
  void resize(std::uint32_t slots) noexcept {
    slots_ = slots;
  }

  /// Whether a slot is free.
  bool any_free(time_point now);

  /// A table wants a slot.
  void want(const std::string& table, time_point now);

  /// Whether a table may have one more slot.
  /// @param borrow it may be over its share.
  bool may_take(const std::string& table, bool borrow, time_point now);

  /// Whether a table is held back for what it did itself, a timeout or slow
  /// answers: more slots for all would not be for it.
  bool is_restrained(const std::string& table, time_point now) const;

  /// Gives a table a slot.
  void take(const std::string& table, time_point now);

  /// A table gives back the slot that it took at `since`.
  void give_back(const std::string& table, time_point since, ending how,
                 time_point now);

  /// Number of slots in use, and of those that slow tables do not have.
  std::size_t used() const noexcept {
    return used_;
  }
  std::size_t lively(time_point now);

  /// Number of tables that are remembered; for tests.
  std::size_t size() const noexcept {
    return tables_.size();
  }

private:
  struct entry {
    /// When each of its slots was taken.
    std::multiset<time_point> taken;
    /// How long its last request took.
    std::chrono::nanoseconds last{0};
    bool timed_out = false;
    bool active = false;
    time_point seen;
  };

  entry& touch(const std::string& table, time_point now);
  std::size_t share() const noexcept;
  static bool on_probation(const entry& x) noexcept;
  bool is_slow(const entry& x, time_point now) const;
  /// Number of slots that slow tables have; 0 if only one table is active.
  std::size_t held_by_slow(time_point now);
  void learn(std::chrono::nanoseconds took);
  /// Forgets who has not been seen for long.
  void sweep(time_point now);

  std::size_t slots_;
  std::size_t most_;
  std::size_t used_ = 0;
  std::size_t active_ = 0;
  std::unordered_map<std::string, entry> tables_;
  /// Those that have slots.
  std::set<const entry*> holders_;
  /// Durations of the last requests that were answered, in a ring.
  std::vector<std::chrono::nanoseconds> recent_;
  std::size_t next_ = 0;
  /// What takes longer is slow.
  std::chrono::nanoseconds slow_from_;
  time_point swept_;
  /// Result of `held_by_slow` at a time, while nothing changes.
  std::optional<std::pair<time_point, std::size_t>> slow_;
};

} // namespace bqs
