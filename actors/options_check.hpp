#pragma once

#include <string>

#include "bqstreamer/options.hpp"

namespace bqs {

/// Returns one line that names the setting whose value a node cannot work with,
/// or that does not fit to another one; an empty text if there is none. The
/// ranges are those of the configuration file. Looks at no path and no URL.
std::string check_options(const node_options& x);

} // namespace bqs
