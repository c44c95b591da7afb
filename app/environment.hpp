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
  {"https_proxy, HTTPS_PROXY",
   "node: proxy on the way to https:// hosts, where bigquery.proxy is empty"},
  {"no_proxy, NO_PROXY",
   "node: hosts that this proxy is not for, as a.example,.b.example,10.0.0.1"},
  {"NO_COLOR", "if not empty: no colours, unless --color=always"},
};

} // namespace bqs::app
