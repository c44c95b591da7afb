#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "app/row_origins.hpp"
#include "bqstreamer/block_builder.hpp"

namespace bqs::app {

/// Rows of one table that are sent together.
struct parcel {
  /// What its rows were added under.
  std::string name;
  table_ref table;
  std::shared_ptr<const block_bytes> rows;
  origin_runs origins;
  /// Of rows and insert ids.
  std::size_t bytes = 0;
};

/// What a packer holds at most.
struct packer_limits {
  /// Of one parcel; a larger row goes alone.
  std::size_t parcel_bytes = 1u << 20;
  std::uint32_t parcel_rows = 5000;
  /// Of all open ones together.
  std::size_t bytes = 8u << 20;
  std::size_t tables = 256;
};

/// Gathers rows into parcels, one open parcel for each table.
class row_packer {
public:
  /// Takes a parcel; the packer holds nothing of it any more.
  using consumer = std::function<void(parcel)>;

  row_packer(const packer_limits& limits, consumer consume);

  /// Adds a row to the table of that name; passes on what is full. Returns
  /// false, and has not taken the row, if it is no valid name.
  bool add(std::string_view table, std::string_view json,
           std::string_view insert_id, const row_origin& origin);

  /// Adds a row to a parcel of its own name, whose rows all go to `table`;
  /// passes on what is full.
  void add(std::string_view name, const table_ref& table, std::string_view json,
           std::string_view insert_id, const row_origin& origin);

  /// Passes on all.
  void flush();

  bool empty() const noexcept {
    return open_.empty();
  }

  /// Where the rows stand that were not passed on.
  void visit(const std::function<void(const row_origin&)>& f) const;

private:
  struct lane {
    table_ref table;
    block_builder rows;
    origin_runs origins;
  };

  /// By what rows are added under: mostly the table's name as they give it.
  using lanes = std::map<std::string, lane, std::less<>>;

  lanes::iterator open_lane(std::string_view name, std::size_t size,
                            const table_ref& table);
  /// Returns the end if the row needs a new one.
  lanes::iterator find_lane(std::string_view name, std::size_t size);
  void put(lanes::iterator i, std::string_view json, std::string_view insert_id,
           const row_origin& origin);
  void pass_on(lanes::iterator i);

  packer_limits limits_;
  consumer consume_;
  lanes open_;
  std::size_t bytes_ = 0;
};

} // namespace bqs::app
