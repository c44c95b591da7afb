#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sandbox/schema.hpp"
#include "sandbox/tape.hpp"

namespace bqs::sandbox {

/// What the service says about a row that does not fit.
struct row_error {
  std::string location;
  std::string message;
};

/// Turns rows into the JSON text that is stored: the columns that are not
/// NULL, in the schema's order and by the schema's names.
class row_writer {
public:
  row_writer(const columns& schema, bool ignore_unknown)
    : schema_(schema), ignore_unknown_(ignore_unknown) {
    // nop
  }

  /// Appends a row, a JSON object. False if it does not fit; `error` then says
  /// why, and `out` ends anyhow. Of equal names the last one counts.
  bool write(const tape::view& row, std::string& out);

  row_error error;

  /// Which column's value is noted.
  std::size_t watched = columns::none;

  /// Where in `out` that value of the last row is; of no size if it is NULL.
  std::size_t watched_at = 0;
  std::size_t watched_size = 0;

private:
  bool record(const columns& schema, const tape::view& x, std::string& out);
  bool value(const column& to, const tape::view& x, std::string& out);
  bool elements(const column& to, const tape::view& x, std::string& out);
  bool element(const column& to, const tape::view& x, std::string& out);
  bool range(const column& to, const tape::view& x, std::string& out);

  bool fail(std::string message);
  bool fail_at_row(std::string message);

  /// The name of a column with those around it: `rec.x`, `list[0].y`.
  class step;

  const columns& schema_;
  bool ignore_unknown_;
  std::string path_;
  /// Where the value of each column is on the tape; 0: nowhere. A stack: a
  /// RECORD's columns are on top of those around it.
  std::vector<std::uint32_t> places_;
};

} // namespace bqs::sandbox
