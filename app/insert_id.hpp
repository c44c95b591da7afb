#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace bqs::app {

/// Takes the insert id of each row out of one of its fields.
class insert_id_reader {
public:
  explicit insert_id_reader(std::string field);
  ~insert_id_reader();
  insert_id_reader(const insert_id_reader&) = delete;
  insert_id_reader& operator=(const insert_id_reader&) = delete;

  /// Returns the field's text if it is a string, its digits if it is an
  /// integer; empty for all else, also if `row` is no JSON object. Valid until
  /// the next call.
  std::string_view read(std::string_view row);

private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

} // namespace bqs::app
