#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "app/csv_reader.hpp"
#include "app/row_reader.hpp"

namespace bqs::app {

/// How rows are written in a file.
enum class row_format {
  /// One JSON object a line.
  ndjson,
  csv,
};

/// What is asked for all inputs.
struct format_options {
  /// Otherwise by each name.
  std::optional<row_format> format;
  csv_options csv;
};

/// Reads `ndjson` or `csv`.
std::optional<row_format> parse_format(std::string_view text);

/// Returns `csv` for names that end in `.csv` or `.csv.gz`, in whatever case.
row_format format_of(std::string_view name);

/// Returns the format of the input of that name.
row_format format_of(std::string_view name, const format_options& options);

/// Makes a reader that goes on at `start`.
std::unique_ptr<row_reader> make_row_reader(std::string_view name,
                                            const format_options& options,
                                            const input_position& start = {});

} // namespace bqs::app
