#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <caf/meta/type_name.hpp>

namespace bqs {

/// A table as a sender addresses it.
struct table_ref {
  /// Empty: the node's `bigquery.project`.
  std::string project;
  std::string dataset;
  /// With an optional partition decorator: `events$20260131`.
  std::string table;
  /// Template suffix: rows go to the table whose name is `table` + `suffix`,
  /// made by the service from `table` as template. Empty: none.
  std::string suffix;

  friend bool operator==(const table_ref&, const table_ref&) = default;
  friend auto operator<=>(const table_ref&, const table_ref&) = default;

  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, table_ref& x) {
    return f(caf::meta::type_name("bqs::table_ref"), x.project, x.dataset,
             x.table, x.suffix);
  }
};

/// Reads `[PROJECT:]DATASET.TABLE[$PARTITION]` or
/// `PROJECT.DATASET.TABLE[$PARTITION]`; nothing if it is not a valid name.
std::optional<table_ref> parse_table(std::string_view text);

/// Returns what is wrong with the names by BigQuery's rules, in one line, or
/// an empty text. Dataset: letters, digits, underscores, up to 1,024. Table:
/// up to 1,024 bytes of UTF-8, of ASCII only letters, digits, `_`, `-` and
/// blanks, then optionally `$` and 4 to 10 digits, `__UNPARTITIONED__` or
/// `__NULL__`. Suffix: letters, digits, underscores. Project: letters, digits,
/// and inside `-`, `_`, `.`, `:`.
std::string check(const table_ref& x);

/// Returns whether an operator who says `wanted` means `x`, too: the partitions
/// and template tables of a table are no other table.
/// @param project of tables that name none.
bool names(const table_ref& wanted, const table_ref& x,
           std::string_view project);

/// Returns `[PROJECT:]DATASET.TABLE[$PARTITION][+SUFFIX]`.
std::string to_string(const table_ref& x);

} // namespace bqs
