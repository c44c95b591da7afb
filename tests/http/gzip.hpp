#pragma once

#include <zlib.h>

#include <string>

#include <gtest/gtest.h>

namespace bqs::http::test {

/// @param format of zlib: 15 + 16 for gzip, 15 for deflate
inline std::string compressed(const std::string& text, int format) {
  std::string result(text.size() / 500 + 1024, '\0');
  z_stream z{};
  ::deflateInit2(&z, 9, Z_DEFLATED, format, 9, Z_DEFAULT_STRATEGY);
  auto input = text;
  z.next_in = reinterpret_cast<Bytef*>(input.data());
  z.avail_in = static_cast<uInt>(input.size());
  z.next_out = reinterpret_cast<Bytef*>(result.data());
  z.avail_out = static_cast<uInt>(result.size());
  EXPECT_EQ(::deflate(&z, Z_FINISH), Z_STREAM_END);
  result.resize(z.total_out);
  ::deflateEnd(&z);
  return result;
}

inline std::string gzip(const std::string& text) {
  return compressed(text, 15 + 16);
}

} // namespace bqs::http::test
