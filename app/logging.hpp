#pragma once

#include <string>

namespace bqs::app {

/// Makes spdlog write to standard error.
/// @param level `debug`, `info`, `warning`, `error` or `off`
/// @param format `text`, or `json` for one object per line
void start_logging(const std::string& level, const std::string& format);

} // namespace bqs::app
