#include "sandbox/insert_answer.hpp"

#include "sandbox/json_text.hpp"

namespace bqs::sandbox {

std::string render_insert_answer(const std::vector<row_problem>& problems) {
  std::string result = R"({"kind":"bigquery#tableDataInsertAllResponse")";
  if (problems.empty()) // the member is absent then, not empty
    return result + '}';
  result += R"(,"insertErrors":)";
  auto comma = '[';
  for (auto& x : problems) {
    result += comma;
    comma = ',';
    result += R"({"index":)" + std::to_string(x.index);
    result += R"(,"errors":[{"reason":)";
    append_quoted(result, x.reason);
    result += R"(,"location":)";
    append_quoted(result, x.location);
    result += R"(,"debugInfo":"","message":)";
    append_quoted(result, x.message);
    result += "}]}";
  }
  return result + "]}";
}

} // namespace bqs::sandbox
