#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "bench/rows.hpp"
#include "http/body.hpp"
#include "http/compressor.hpp"

namespace bqs::bench {

/// The body of a request with `make_rows`, as the node makes it.
inline std::string make_body(std::size_t rows, std::size_t size) {
  http::body_builder result;
  std::uint64_t n = 0;
  for (auto& x : make_rows(rows, size))
    result.append(x, "AAAAAAAAAAAAAAAAAAAAAA-", n++);
  return std::string{result.finish()};
}

/// The same, packed as the node packs it.
inline std::string make_packed_body(std::size_t rows, std::size_t size) {
  http::compressor packer;
  auto body = make_body(rows, size);
  return std::string{packer.gzip(body)};
}

} // namespace bqs::bench
