#include "sandbox/query_errors.hpp"

namespace bqs::sandbox::sql {

std::string to_string(position at) {
  return " at [" + std::to_string(at.line) + ":" + std::to_string(at.column)
         + "]";
}

refusal invalid_query(const std::string& message) {
  return {400, "invalidQuery", message, {}, "q", "parameter"};
}

refusal invalid_query(const std::string& message, position at) {
  return invalid_query(message + to_string(at));
}

refusal syntax_error(const std::string& what, position at) {
  return invalid_query("Syntax error: " + what, at);
}

refusal cannot_run(const std::string& what, position at) {
  return invalid_query("The sandbox cannot run " + what, at);
}

} // namespace bqs::sandbox::sql
