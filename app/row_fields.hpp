#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace bqs::app {

/// What a row says about itself. Valid until the next row is read.
struct row_values {
  enum class table_kind : std::uint8_t {
    /// There is no such field, or it is null.
    none,
    text,
    /// Neither text nor null.
    other,
    /// The row is no JSON object as far as was looked.
    unreadable,
  };

  table_kind kind = table_kind::none;
  std::string_view table;
  /// The field's text if it is a string, its digits if it is an integer; empty
  /// for all else.
  std::string_view insert_id;
};

/// Takes a row's table and its insert id out of its fields, in one pass.
class row_fields {
public:
  /// An empty name stands for no field.
  row_fields(std::string table_field, std::string insert_id_field);
  ~row_fields();
  row_fields(const row_fields&) = delete;
  row_fields& operator=(const row_fields&) = delete;

  row_values read(std::string_view row);

private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

} // namespace bqs::app
