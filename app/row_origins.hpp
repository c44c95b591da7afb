#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <vector>

namespace bqs::app {

/// Where a row stood.
struct row_origin {
  /// Number of its input.
  std::uint32_t input = 0;
  std::uint64_t line = 0;
  /// The byte where it begins.
  std::uint64_t offset = 0;

  friend bool operator==(const row_origin&, const row_origin&) = default;
};

/// The origins of rows that go together. Remembers only where lines do not
/// simply count on.
class origin_runs {
public:
  void add(const row_origin& x);

  /// Returns input and line of row `i`, from 0; the offset is that of a row
  /// before it in the same input, or its own.
  row_origin find(std::uint32_t i) const;

  std::uint32_t rows() const noexcept {
    return rows_;
  }

  /// Where each run begins; within an input in its order.
  void visit(const std::function<void(const row_origin&)>& f) const;

  /// Entries that are remembered.
  std::size_t size() const noexcept {
    return runs_.size();
  }

private:
  struct run {
    std::uint32_t first;
    row_origin origin;
  };

  std::uint32_t rows_ = 0;
  std::vector<run> runs_;
};

/// Numbers rows that are sent, from 0, and finds out again where they stood.
/// Forgets what is settled: memory grows with the rows under way, not with the
/// input.
class row_origins {
public:
  /// Numbers rows that are sent together; returns the number of the first.
  std::uint64_t add(origin_runs rows, std::size_t bytes);

  /// Returns input and line of an unsettled row.
  row_origin find(std::uint64_t row) const;

  /// Forgets `rows` of the rows that were sent together with `row`, each of
  /// them only once.
  void settle(std::uint64_t row, std::uint32_t rows);

  /// Where rows stood of which some are not settled: for each input, none that
  /// is unsettled stood before the first of these.
  void visit(const std::function<void(const row_origin&)>& f) const;

  /// Bytes of all rows that were sent together with an unsettled one.
  std::size_t bytes() const noexcept {
    return bytes_;
  }

  /// Entries that are remembered.
  std::size_t size() const noexcept;

private:
  struct shipment {
    origin_runs rows;
    std::uint32_t unsettled;
    std::size_t bytes;
  };

  std::uint64_t next_ = 0;
  std::size_t bytes_ = 0;
  /// By number of the first row.
  std::map<std::uint64_t, shipment> shipments_;
};

} // namespace bqs::app
