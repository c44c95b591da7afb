#pragma once

#include <cstddef>
#include <fstream>
#include <optional>
#include <string>

namespace bqs::http::test {

/// A number of `/proc/self/status`, in bytes; 0 if it is not there.
inline std::size_t memory_of_process(const std::string& name) {
  std::ifstream in{"/proc/self/status"};
  for (std::string line; std::getline(in, line);)
    if (line.starts_with(name + ":"))
      return std::stoul(line.substr(name.size() + 1)) * 1024;
  return 0;
}

/// Runs `f`; returns by how many bytes the process grew meanwhile, at the most.
/// Nothing where that cannot be said: sanitizers keep what is freed.
template <class F>
std::optional<std::size_t> growth_during(F f) {
  std::ofstream{"/proc/self/clear_refs"} << "5\n"; // forgets the last peak
  auto before = memory_of_process("VmRSS");
  auto old_peak = memory_of_process("VmHWM");
  f();
  auto peak = memory_of_process("VmHWM");
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return std::nullopt;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
  return std::nullopt;
#endif
#endif
  if (before == 0 || old_peak > before + (1u << 20))
    return std::nullopt; // no such file, or not ours to write to
  return peak > before ? peak - before : 0;
}

} // namespace bqs::http::test
