#pragma once

#include <string>

#include "app/paper.hpp"

namespace bqs::app {

/// Returns all settings in columns.
std::string settings_text(const paper& on);

/// Returns the page docs/settings.md.
std::string settings_markdown();

} // namespace bqs::app
