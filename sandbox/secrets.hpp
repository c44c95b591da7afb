#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace bqs::sandbox {

/// Returns the SHA-256 of `text` as 64 hexadecimal digits.
std::string sha256_hex(std::string_view text);

/// Returns `size` bytes that nobody can guess.
/// @throws std::runtime_error if there are none to be had.
std::string random_bytes(std::size_t size);

} // namespace bqs::sandbox
