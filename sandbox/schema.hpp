#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace bqs::sandbox {

enum class column_type : std::uint8_t {
  string,
  bytes,
  integer,
  floating,
  numeric,
  bignumeric,
  boolean,
  date,
  time,
  datetime,
  timestamp,
  geography,
  json,
  interval,
  range,
  record,
};

/// Returns the legacy name, in which the service answers: `INTEGER`.
std::string_view to_string(column_type x);

/// Reads a legacy or a GoogleSQL name, in any case.
std::optional<column_type> read_column_type(std::string_view name);

enum class column_mode : std::uint8_t { nullable, required, repeated };

struct column;

/// The columns of a table or of a RECORD, made for looking names up.
class columns {
public:
  columns();
  ~columns();
  columns(const columns&);
  columns(columns&&) noexcept;
  columns& operator=(const columns&);
  columns& operator=(columns&&) noexcept;

  /// Adds a column; false if there is one of that name in any case.
  bool add(column x);

  std::size_t size() const;
  const column& operator[](std::size_t i) const;

  static constexpr std::size_t none = static_cast<std::size_t>(-1);

  /// Finds a column by its name in any case, or returns `none`. Quick if it is
  /// the column at `guess`.
  std::size_t find(std::string_view name, std::size_t guess = 0) const;

private:
  std::vector<column> columns_;
  std::unordered_map<std::string, std::size_t> by_lower_;
};

struct column {
  std::string name;
  column_type type = column_type::string;
  column_mode mode = column_mode::nullable;
  /// Of a RECORD.
  columns fields;
  /// Of a RANGE.
  column_type element = column_type::date;
  /// The name in a JSON text: `"name":`.
  std::string key;
};

/// Makes the columns from a `schema.fields` list, and brings the list into the
/// form in which the service answers. Returns a line that says what is wrong.
std::variant<columns, std::string> read_schema(nlohmann::ordered_json& fields);

/// Says why a schema cannot become another one in place: only new NULLABLE or
/// REPEATED columns at the end and REQUIRED to NULLABLE are possible. Empty if
/// it can.
std::string compare_schemas(const columns& before, const columns& after);

} // namespace bqs::sandbox
