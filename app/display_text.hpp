#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace bqs::app {

// Texts from elsewhere, made fit for one line of a terminal.

/// Returns the text without what would do more than stand there: white space
/// becomes blanks; control characters, with which an answer of the service
/// could steer the terminal, and bytes that are not UTF-8 become U+FFFD.
std::string printable(std::string_view x);

/// How many columns of a terminal a printable text takes: two for wide
/// characters, none for those that combine with the one before.
std::size_t display_width(std::string_view x);

/// Returns a printable text as it is if it fits, else its beginning and an
/// ellipsis.
std::string cut(const std::string& x, std::size_t most);

} // namespace bqs::app
