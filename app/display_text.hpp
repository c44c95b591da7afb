#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace bqs::app {

// Texts that are printable (`http::printable`), on a line of a terminal.

/// How many columns of a terminal a printable text takes: two for wide
/// characters, none for those that combine with the one before.
std::size_t display_width(std::string_view x);

/// Returns a printable text as it is if it fits, else its beginning and an
/// ellipsis.
std::string cut(const std::string& x, std::size_t most);

} // namespace bqs::app
