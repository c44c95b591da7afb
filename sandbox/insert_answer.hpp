#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace bqs::sandbox {

/// Why one row is not stored.
struct row_problem {
  std::uint32_t index = 0;
  std::string reason;
  std::string location;
  std::string message;
};

/// Returns the body of insertAll's answer. The problems are named in the order
/// given: the service names guilty rows first, whatever their index.
std::string render_insert_answer(const std::vector<row_problem>& problems);

} // namespace bqs::sandbox
