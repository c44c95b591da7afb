// Gives the inputs of files and folders to a fuzz target, without libFuzzer:
// what was once found is looked at by every build.

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

#include "tests/fuzz/target.hpp"

namespace {

namespace fs = std::filesystem;

std::vector<fs::path> files_in(const fs::path& where) {
  if (!fs::is_directory(where))
    return {where};
  std::vector<fs::path> result;
  for (auto& x : fs::recursive_directory_iterator{where})
    if (x.is_regular_file())
      result.push_back(x.path());
  std::ranges::sort(result);
  return result;
}

bool replay(const fs::path& path) {
  std::ifstream file{path, std::ios::binary};
  std::string bytes{std::istreambuf_iterator<char>{file}, {}};
  if (!file.good() && !file.eof())
    return false;
  // An allocation of its own size, for AddressSanitizer.
  std::vector<std::uint8_t> exact(bytes.begin(), bytes.end());
  return LLVMFuzzerTestOneInput(exact.data(), exact.size()) == 0;
}

} // namespace

int main(int argc, char** argv) {
  std::size_t count = 0;
  for (auto i = 1; i < argc; ++i) {
    for (auto& path : files_in(argv[i])) {
      // Before it is tried, for it may end the process.
      std::cout << path.string() << std::endl;
      if (!replay(path)) {
        std::cerr << "cannot be read, or is refused\n";
        return 1;
      }
      ++count;
    }
  }
  std::cout << count << " inputs\n";
  return count > 0 ? 0 : 1;
}
