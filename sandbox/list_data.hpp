#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "sandbox/catalog.hpp"
#include "sandbox/errors.hpp"
#include "sandbox/message.hpp"
#include "sandbox/store.hpp"

namespace bqs::sandbox {

/// How a TIMESTAMP is shown.
enum class timestamp_format : std::uint8_t { seconds, micros, iso };

/// Renders stored rows as the service's read methods do: every scalar a
/// string, by the columns' order.
class row_renderer {
public:
  row_renderer(const columns& schema, timestamp_format how)
    : schema_(schema), how_(how) {
    // nop
  }

  /// Returns `{"f":[{"v":...},...]}` of a stored row.
  nlohmann::ordered_json render(std::string_view row) const;

private:
  using json = nlohmann::ordered_json;

  json record(const columns& schema, const json& row) const;
  json value(const column& of, const json& x) const;
  json scalar(column_type type, const json& x) const;

  const columns& schema_;
  timestamp_format how_;
};

/// Reads how a request wants TIMESTAMPs.
timestamp_format read_timestamp_format(const request& x);
/// Returns the columns that `selectedFields` names, all if it is empty. Throws
/// a `refusal`.
columns select(const columns& all, std::string_view names);

/// Returns the rows of a table that a request asks for. Throws a `refusal`.
reply list_data(const table_entry& from, store& rows, const request& x);

} // namespace bqs::sandbox
