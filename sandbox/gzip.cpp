#include "sandbox/gzip.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <new>

#include <zlib.h>

namespace bqs::sandbox {

namespace {

// 15 bits of window, and 16 for the header of gzip instead of zlib's.
constexpr int window_bits = 15 + 16;
constexpr int memory_level = 8;

} // namespace

bool wants_gzip(std::string_view accept_encoding, std::string_view user_agent) {
  return accept_encoding.find("gzip") != std::string_view::npos
         && user_agent.find("gzip") != std::string_view::npos;
}

std::optional<std::string> gzip(std::string_view x) {
  if (x.size() > std::numeric_limits<uInt>::max())
    return std::nullopt;
  z_stream state{};
  if (deflateInit2(&state, Z_BEST_SPEED, Z_DEFLATED, window_bits, memory_level,
                   Z_DEFAULT_STRATEGY)
      != Z_OK)
    return std::nullopt;
  std::string result(deflateBound(&state, static_cast<uLong>(x.size())), '\0');
  // zlib only reads from it.
  state.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(x.data()));
  state.avail_in = static_cast<uInt>(x.size());
  state.next_out = reinterpret_cast<Bytef*>(result.data());
  state.avail_out = static_cast<uInt>(result.size());
  auto done = deflate(&state, Z_FINISH) == Z_STREAM_END;
  result.resize(state.total_out);
  deflateEnd(&state);
  return done ? std::optional{std::move(result)} : std::nullopt;
}

struct inflater::state {
  z_stream stream{};
  std::array<char, 32768> out{};
};

inflater::inflater() : state_(std::make_unique<state>()) {
  if (inflateInit2(&state_->stream, window_bits) != Z_OK)
    throw std::bad_alloc{};
}

inflater::~inflater() {
  inflateEnd(&state_->stream);
}

bool inflater::feed(std::string_view part, const sink& out) {
  auto& x = state_->stream;
  auto& buffer = state_->out;
  x.avail_out = 1; // nothing is left over from the part before
  while (!part.empty() || (!whole_ && x.avail_out == 0)) {
    if (whole_ && inflateReset(&x) != Z_OK)
      return false;
    whole_ = false;
    constexpr std::size_t most = std::numeric_limits<uInt>::max();
    auto given = static_cast<uInt>(std::min(part.size(), most));
    // zlib only reads from it.
    x.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(part.data()));
    x.avail_in = given;
    x.next_out = reinterpret_cast<Bytef*>(buffer.data());
    x.avail_out = static_cast<uInt>(buffer.size());
    auto code = inflate(&x, Z_NO_FLUSH);
    if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR)
      return false;
    whole_ = code == Z_STREAM_END;
    part.remove_prefix(given - x.avail_in);
    auto made = buffer.size() - x.avail_out;
    if (made > 0 && !out(buffer.data(), made))
      return false;
  }
  return true;
}

} // namespace bqs::sandbox
