#include "http/compressor.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <vector>

#include <isa-l/igzip_lib.h>

namespace bqs::http {

namespace {

/// Of 0 to 3. The next one takes a little longer, for nothing where rows are
/// alike.
constexpr std::uint32_t level = 1;

/// A larger buffer is given back when bodies are small again.
constexpr std::size_t least_room = 64u << 10;

} // namespace

struct compressor::impl {
  isal_zstream stream{};
  std::vector<std::uint8_t> work
    = std::vector<std::uint8_t>(ISAL_DEF_LVL1_DEFAULT);
  // Not a vector, which would touch all of it: packed bodies need a third.
  std::unique_ptr<std::uint8_t[]> out;
  std::size_t room = 0;
};

compressor::compressor() : impl_(std::make_unique<impl>()) {
  // nop
}

compressor::~compressor() = default;

compressor::compressor(compressor&&) noexcept = default;

compressor& compressor::operator=(compressor&&) noexcept = default;

std::string_view compressor::gzip(std::string_view text) {
  auto& x = *impl_;
  if (text.size() > std::numeric_limits<std::uint32_t>::max())
    return {};
  // What needs more room than the text has no business to be packed.
  if (x.room < text.size() || x.room / 4 > std::max(text.size(), least_room)) {
    x.out.reset();
    x.room = 0;
    x.out = std::make_unique_for_overwrite<std::uint8_t[]>(text.size());
    x.room = text.size();
  }
  isal_deflate_stateless_init(&x.stream);
  x.stream.level = level;
  x.stream.level_buf = x.work.data();
  x.stream.level_buf_size = static_cast<std::uint32_t>(x.work.size());
  x.stream.gzip_flag = IGZIP_GZIP;
  x.stream.end_of_stream = 1;
  x.stream.flush = NO_FLUSH;
  // It only reads from it.
  x.stream.next_in
    = reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data()));
  x.stream.avail_in = static_cast<std::uint32_t>(text.size());
  x.stream.next_out = x.out.get();
  x.stream.avail_out = static_cast<std::uint32_t>(text.size());
  if (isal_deflate_stateless(&x.stream) != COMP_OK)
    return {};
  return {reinterpret_cast<const char*>(x.out.get()), x.stream.total_out};
}

} // namespace bqs::http
