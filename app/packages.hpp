#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bqs::app {

/// An installed Debian package.
struct package {
  std::string name;
  std::string version;
  std::string architecture;
  std::string section;
  /// In KiB; 0 if it is not told.
  std::uint64_t installed_size = 0;
  std::string maintainer;
  /// First line: what it is. Then paragraphs, separated by empty lines.
  std::string description;
  /// Names of the packages it needs, alternatives and versions left out.
  std::vector<std::string> depends;
};

/// Reads the index that dpkg keeps in `/var/lib/dpkg/status`. Packages that are
/// not installed are left out, and so is what is not understood.
std::vector<package> parse_packages(std::string_view text);

} // namespace bqs::app
