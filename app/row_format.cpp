#include "app/row_format.hpp"

#include <algorithm>

#include "app/line_splitter.hpp"

namespace bqs::app {

namespace {

bool ends_with(std::string_view text, std::string_view end) {
  auto same = [](char x, char y) {
    return (x >= 'A' && x <= 'Z' ? static_cast<char>(x - 'A' + 'a') : x) == y;
  };
  return text.size() >= end.size()
         && std::equal(end.begin(), end.end(), text.end() - end.size(),
                       [&](char lhs, char rhs) { return same(rhs, lhs); });
}

} // namespace

std::optional<row_format> parse_format(std::string_view text) {
  if (text == "ndjson")
    return row_format::ndjson;
  if (text == "csv")
    return row_format::csv;
  return std::nullopt;
}

row_format format_of(std::string_view name) {
  return ends_with(name, ".csv") || ends_with(name, ".csv.gz")
           ? row_format::csv
           : row_format::ndjson;
}

row_format format_of(std::string_view name, const format_options& options) {
  return options.format ? *options.format : format_of(name);
}

std::unique_ptr<row_reader> make_row_reader(std::string_view name,
                                            const format_options& options,
                                            const input_position& start) {
  if (format_of(name, options) == row_format::csv)
    return std::make_unique<csv_reader>(options.csv, start);
  return std::make_unique<line_splitter>(options.csv.longest, start);
}

} // namespace bqs::app
