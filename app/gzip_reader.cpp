#include "app/gzip_reader.hpp"

#include <algorithm>
#include <new>

#include <zlib.h>

namespace bqs::app {

namespace {

constexpr std::string_view magic = "\x1F\x8B";
constexpr std::size_t piece_bytes = 256u << 10;

/// For `inflateInit2`: largest window, gzip header.
constexpr int gzip_window = 15 + 16;

} // namespace

struct gzip_reader::impl {
  enum class state : std::uint8_t { unknown, plain, member, between, broken };

  impl() {
    if (inflateInit2(&stream, gzip_window) != Z_OK)
      throw std::bad_alloc{};
  }
  ~impl() {
    inflateEnd(&stream);
  }
  impl(const impl&) = delete;
  impl& operator=(const impl&) = delete;

  bool decide(std::string_view& piece, const consumer& consume);
  bool inflate_piece(std::string_view piece, const consumer& consume);
  bool fail(const char* why) {
    error = why;
    now = state::broken;
    return false;
  }

  state now = state::unknown;
  /// First bytes, until it is known what they are.
  std::string head;
  std::string out;
  z_stream stream{};
  std::string error;
};

/// Passes on the first bytes once they tell what the input is.
bool gzip_reader::impl::decide(std::string_view& piece,
                               const consumer& consume) {
  while (head.size() < magic.size() && !piece.empty()) {
    head += piece.front();
    piece.remove_prefix(1);
  }
  if (head == magic) {
    now = state::member;
    out.resize(piece_bytes);
    return inflate_piece(head, consume);
  }
  if (head.size() == magic.size()) {
    now = state::plain;
    return consume(head);
  }
  return true;
}

bool gzip_reader::impl::inflate_piece(std::string_view piece,
                                      const consumer& consume) {
  while (true) {
    if (now == state::between) {
      piece.remove_prefix(
        std::min(piece.find_first_not_of('\0'), piece.size()));
      if (piece.empty())
        return true;
      inflateReset(&stream);
      now = state::member;
    }
    // zlib has no const; a piece is at most some hundred KiB.
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(piece.data()));
    stream.avail_in = static_cast<uInt>(piece.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    auto code = ::inflate(&stream, Z_NO_FLUSH);
    piece.remove_prefix(piece.size() - stream.avail_in);
    auto made = out.size() - stream.avail_out;
    if (made > 0 && !consume(std::string_view{out}.substr(0, made)))
      return false;
    if (code == Z_STREAM_END)
      now = state::between;
    else if (code != Z_OK && code != Z_BUF_ERROR)
      return fail("its gzip data is corrupt");
    else if (piece.empty() && stream.avail_out > 0)
      return true;
  }
}

gzip_reader::gzip_reader() : impl_(std::make_unique<impl>()) {
  // nop
}

gzip_reader::~gzip_reader() = default;

bool gzip_reader::feed(std::string_view piece, const consumer& consume) {
  using state = impl::state;
  if (impl_->now == state::unknown && !impl_->decide(piece, consume))
    return false;
  if (piece.empty() || impl_->now == state::unknown)
    return true;
  if (impl_->now == state::plain)
    return consume(piece);
  return impl_->now != state::broken && impl_->inflate_piece(piece, consume);
}

bool gzip_reader::finish(const consumer& consume) {
  using state = impl::state;
  if (impl_->now == state::member)
    return impl_->fail("its gzip data ends too early");
  if (impl_->now == state::unknown && !impl_->head.empty())
    return consume(impl_->head);
  return impl_->now != state::broken;
}

bool gzip_reader::packed() const noexcept {
  return impl_->now != impl::state::unknown && impl_->now != impl::state::plain;
}

const std::string& gzip_reader::error() const noexcept {
  return impl_->error;
}

} // namespace bqs::app
