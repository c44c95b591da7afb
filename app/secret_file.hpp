#pragma once

#include <string>

namespace bqs::app {

/// Makes a file that its owner alone may read and write. One that is there
/// already stays as it is: it may be a key that somebody needs.
/// @throws std::runtime_error with one line that names it, and then there is
///         no new file.
void write_secret_file(const std::string& path, const std::string& text);

/// The same with a file that everybody may read.
void write_new_file(const std::string& path, const std::string& text);

} // namespace bqs::app
