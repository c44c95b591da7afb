#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace bqs::app {

/// What `--color` says.
enum class color_choice { automatic, always, never };

/// Reads `auto`, `always` or `never`.
std::optional<color_choice> parse_color_choice(std::string_view text);

/// Whether to write in colours. `always` and `never` are obeyed; else it takes
/// a terminal, and a NO_COLOR that is not set or empty (https://no-color.org).
/// @param no_color what the environment holds; null if it is not set
bool wants_color(color_choice wanted, bool terminal, const char* no_color);

/// How a text looks, by what it means.
enum class tone { plain, heading, dim, good, warning, bad };

/// Puts a text between the codes that make a terminal show it so.
std::string paint(const std::string& text, tone look);

} // namespace bqs::app
