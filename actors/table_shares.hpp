#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>

#include "actors/budget.hpp"
#include "bqstreamer/table_ref.hpp"

namespace bqs {

/// How much of the budget each table holds, and how much it may, so that one
/// whose rows do not leave does not take the room of all others:
///
///     well:  held <= 3 * free        alone, a table gets to 3/4 of the budget
///     sick:  held <= free / 3        one gets to 1/4, n of them to n / (n + 3)
///
/// where `free` is what nobody holds. A table that holds nothing may take one
/// block whatever the rest: it could never prove to be well otherwise. For one
/// thread; only the meters are for all.
class table_shares {
public:
  struct share {
    /// What the table holds: to be charged with what is admitted.
    std::shared_ptr<meter> held = std::make_shared<meter>();
    bool well = true;

    /// Whether the table may hold `bytes` more, which `free` does not count.
    bool admits(std::size_t bytes, std::size_t free) const noexcept;
  };

  /// @param project of tables that name none.
  explicit table_shares(std::string project);

  /// Most bytes that a table may hold while `free` are free.
  static std::size_t limit(std::size_t free, bool well) noexcept;

  /// The share of a table; good until the next call.
  share& of(const table_ref& table);

  /// Number of tables that are known: those that hold something or are sick,
  /// and some that did or were.
  std::size_t size() const noexcept {
    return tables_.size();
  }

private:
  share& find(const table_ref& table);

  /// Forgets tables of which there is nothing to know.
  void sweep();

  std::string project_;
  std::map<table_ref, share> tables_;
  std::size_t sweep_at_ = 1024;
};

} // namespace bqs
