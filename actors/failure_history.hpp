#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "bqstreamer/messages.hpp"

namespace bqs {

/// The failures of late, in bounded memory, and how many there were in all.
class failure_history {
public:
  /// @param most_rows that are kept; fewer if they are over `most_bytes`
  /// @param project of tables that name none
  failure_history(std::size_t most_rows, std::size_t most_bytes,
                  std::string project);

  /// Whether anything is kept at all.
  bool keeps() const noexcept {
    return most_rows_ > 0 && most_bytes_ > 0;
  }

  /// Counts rows that failed, whether they are kept or not.
  void count(const table_ref& table, std::uint64_t rows);

  /// Keeps rows that were counted.
  void keep(const failure& x);

  /// Returns how many rows of a table, or of all, were counted.
  std::uint64_t total(const caf::optional<table_ref>& only) const;

  /// Returns the last rows of a table, or of all, up to `most` and as far as
  /// they are kept, in the order in which they failed.
  std::vector<failure> last(std::uint64_t most,
                            const caf::optional<table_ref>& only) const;

  /// Rows that are kept.
  std::size_t rows() const noexcept {
    return rows_;
  }

  /// Bytes that are kept.
  std::size_t bytes() const noexcept {
    return bytes_;
  }

  /// What a failure counts, rows included.
  static std::size_t cost(const failure& x) noexcept;

  /// Whether somebody who asks for `only` means `table`.
  bool matches(const caf::optional<table_ref>& only,
               const table_ref& table) const;

private:
  void shrink();

  std::size_t most_rows_;
  std::size_t most_bytes_;
  std::string project_;
  std::deque<failure> kept_;
  std::size_t rows_ = 0;
  std::size_t bytes_ = 0;
  std::map<table_ref, std::uint64_t> totals_;
};

} // namespace bqs
