#pragma once

namespace bqs::app {

struct environment_variable {
  const char* name;
  const char* meaning;
};

/// What the program looks at in its environment, for the help and the manual.
inline constexpr environment_variable environment_variables[] = {
  {"GOOGLE_APPLICATION_CREDENTIALS",
   "node: key file, where bigquery.credentials is empty"},
  {"NO_COLOR", "if not empty: no colours, unless --color=always"},
};

} // namespace bqs::app
