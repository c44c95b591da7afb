// Files of rows: however they are cut into pieces, and wherever a reader goes
// on, the rows are the same.
//
// Input: format and options, the longest row, bytes of a piece, and the file.

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "app/csv_reader.hpp"
#include "app/line_splitter.hpp"
#include "http/row_check.hpp"
#include "tests/fuzz/target.hpp"

using namespace bqs::app;
using bqs::test::demand;

namespace {

struct kept_row {
  std::uint64_t line;
  std::uint64_t offset;
  std::string json;
  std::string reason;
  std::string message;

  bool operator==(const kept_row&) const = default;
};

struct format {
  bool csv;
  csv_options options;

  std::unique_ptr<row_reader> open(const input_position& start = {}) const {
    if (csv)
      return std::make_unique<csv_reader>(options, start);
    return std::make_unique<line_splitter>(options.longest, start);
  }
};

/// What a reader made of a file.
struct reading {
  std::vector<kept_row> rows;
  std::string error;
  /// Positions on the way, and how many rows were behind each.
  std::vector<std::pair<input_position, std::size_t>> stops;

  bool operator==(const reading& x) const {
    return rows == x.rows && error == x.error;
  }
};

reading read(row_reader& from, std::string_view text, std::size_t piece) {
  reading result;
  auto keep = [&result](const input_row& x) {
    result.rows.push_back({x.line, x.offset, std::string{x.json},
                           std::string{x.reason}, std::string{x.message}});
    return true;
  };
  auto go_on = true;
  while (go_on && !text.empty()) {
    auto n = std::min(piece, text.size());
    go_on = from.feed(text.substr(0, n), keep);
    text.remove_prefix(n);
    if (go_on)
      result.stops.emplace_back(from.position(), result.rows.size());
  }
  if (go_on)
    from.finish(keep);
  result.error = from.error();
  return result;
}

void check_rows(const reading& x, const format& how) {
  std::uint64_t line = 0;
  for (auto& row : x.rows) {
    demand(row.line > line, "lines do not ascend");
    line = row.line;
    demand(row.json.empty() != row.reason.empty(), "a row, or why not");
    demand(row.reason.empty() != !row.message.empty(), "reason, no message");
    if (!how.csv || row.json.empty())
      continue;
    auto fault = bqs::http::check_row(row.json).fault;
    demand(fault == bqs::http::row_fault::none
             || fault == bqs::http::row_fault::invalid_utf8,
           "a record did not become an object");
  }
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  bqs::test::fuzz_input in{data, size};
  auto flags = in.byte();
  format how{(flags & 1) != 0, {}};
  how.options.infer = (flags & 2) != 0;
  how.options.delimiter = (flags & 4) != 0 ? '\t' : ',';
  how.options.longest = in.byte() + 1u;
  auto piece = in.byte() + 1u;
  auto text = in.rest();
  auto whole = read(*how.open(), text, std::max<std::size_t>(text.size(), 1));
  check_rows(whole, how);
  auto pieces = read(*how.open(), text, piece);
  demand(whole == pieces, "pieces make other rows");
  if (pieces.stops.empty() || !whole.error.empty())
    return 0;
  auto& [stop, behind] = pieces.stops[pieces.stops.size() / 2];
  auto rest = read(*how.open(stop), text, piece);
  whole.rows.erase(whole.rows.begin(),
                   whole.rows.begin() + static_cast<std::ptrdiff_t>(behind));
  demand(rest == whole, "another reader goes on otherwise");
  return 0;
}
