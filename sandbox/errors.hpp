#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "sandbox/message.hpp"

namespace bqs::sandbox {

/// Names a table as the service's messages do.
struct table_name {
  std::string project;
  std::string dataset;
  /// As addressed, a decorator included.
  std::string table;
};

/// A request that is refused whole. Thrown by the methods, and turned into an
/// answer in one place.
struct refusal {
  int status = 400;
  std::string reason;
  std::string message;
  /// Of `errors[0]`; the same as `message` if empty.
  std::string detail_message;
  std::string location;
  std::string location_type;
};

/// Returns the reason that fits a status best.
std::string_view default_reason(int status);

/// Returns the envelope in which the service sends errors.
reply envelope(const refusal& x);

/// Returns a page such as front ends send.
reply web_page(int status);

/// Returns the number that the service prints instead of the project's name.
std::string project_number(const std::string& project);

// -- the service's words ------------------------------------------------------

refusal dataset_not_found(const table_name& x);
refusal table_not_found(const table_name& x);
/// The same as insertAll says it.
refusal streaming_not_found(const table_name& x);
/// What streaming says for a while after a table was made again.
refusal table_deleted(const table_name& x);
refusal dataset_exists(const table_name& x);
refusal table_exists(const table_name& x);
refusal dataset_in_use(const table_name& x);
refusal no_schema();
refusal no_rows();
refusal too_many_rows(std::size_t rows, std::size_t limit);
refusal body_too_large(std::size_t limit);
refusal unknown_coding();
refusal late_body();
refusal partition_out_of_bounds(const table_name& x);
refusal not_json(const std::string& what);
refusal invalid_value(const std::string& what);
refusal invalid(const std::string& message);
refusal schema_mismatch(const table_name& x, const std::string& what);
refusal precondition_failed();
refusal bad_token();
refusal no_such_method();
refusal internal_error();

} // namespace bqs::sandbox
