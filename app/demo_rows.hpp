#pragma once

#include <string>
#include <vector>

#include "app/packages.hpp"

namespace bqs::app {

// What the demo sends.

/// A row that cannot be stored, and why.
struct broken_row {
  std::string json;
  std::string fault;
};

/// Fields of the table `packages`, as in a schema.
std::string packages_schema();

/// Fields of the table `dependencies`.
std::string dependencies_schema();

std::string package_row(const package& x);

/// One row for each package that `x` needs.
std::vector<std::string> dependency_rows(const package& x);

/// For the table `packages`.
std::vector<broken_row> broken_rows();

} // namespace bqs::app
