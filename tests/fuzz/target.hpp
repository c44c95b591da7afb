#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

/// What a fuzz target is: looks at one input and returns 0. It ends the process
/// if something does not hold, and so does a sanitizer. Each file beside this
/// one is a target; libFuzzer calls it, or `replay.cpp` with the kept inputs.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size);

namespace bqs::test {

/// Ends the process unless `holds`, so that the input is kept.
inline void demand(bool holds, const char* what) {
  if (holds)
    return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

/// An input that is taken apart from its beginning. Once it is used up there
/// are only zeros and empty texts.
class fuzz_input {
public:
  fuzz_input(const std::uint8_t* data, std::size_t size)
    : text_(reinterpret_cast<const char*>(data), size) {
    // nop
  }

  std::uint8_t byte() {
    if (text_.empty())
      return 0;
    auto result = static_cast<std::uint8_t>(text_.front());
    text_.remove_prefix(1);
    return result;
  }

  /// Returns what stands before the next `end`, and takes that, too.
  std::string_view until(char end) {
    auto n = text_.find(end);
    auto result = text_.substr(0, n);
    text_.remove_prefix(n == std::string_view::npos ? text_.size() : n + 1);
    return result;
  }

  bool empty() const {
    return text_.empty();
  }

  std::string_view rest() const {
    return text_;
  }

private:
  std::string_view text_;
};

} // namespace bqs::test
