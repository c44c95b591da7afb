#include "sandbox/row_scan.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace bqs::sandbox {

namespace {

// As where bodies are parsed.
constexpr std::uint32_t max_depth = 100;

/// Where in 64 bytes these are, one bit each.
struct places {
  std::uint64_t quotes = 0;
  std::uint64_t backslashes = 0;
  std::uint64_t opening = 0;
  std::uint64_t closing = 0;
};

#ifdef __SSE2__

places find_places(const char* at) {
  places result;
  for (auto i = 0; i < 64; i += 16) {
    auto x = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at + i));
    // `[` and `{`, `]` and `}` differ in this bit only.
    auto folded = _mm_or_si128(x, _mm_set1_epi8(0x20));
    auto mask = [i](__m128i text, char c) {
      auto bits = _mm_movemask_epi8(_mm_cmpeq_epi8(text, _mm_set1_epi8(c)));
      return static_cast<std::uint64_t>(bits) << i;
    };
    result.quotes |= mask(x, '"');
    result.backslashes |= mask(x, '\\');
    result.opening |= mask(folded, '{');
    result.closing |= mask(folded, '}');
  }
  return result;
}

#else

places find_places(const char* at) {
  places result;
  for (auto i = 0; i < 64; ++i) {
    auto bit = [i](bool x) { return std::uint64_t{x} << i; };
    result.quotes |= bit(at[i] == '"');
    result.backslashes |= bit(at[i] == '\\');
    result.opening |= bit((at[i] | 0x20) == '{');
    result.closing |= bit((at[i] | 0x20) == '}');
  }
  return result;
}

#endif

/// Returns the bits behind backslashes that are not escaped themselves.
std::uint64_t find_escaped(std::uint64_t backslashes, bool& escape) {
  auto result = std::uint64_t{escape};
  backslashes &= ~result;
  escape = false;
  while (backslashes != 0) {
    auto at = std::countr_zero(backslashes);
    escape = at == 63;
    auto next = escape ? 0 : std::uint64_t{2} << at;
    result |= next;
    backslashes &= ~(next | std::uint64_t{1} << at);
  }
  return result;
}

/// Sets the bits from each odd one to the next even one.
std::uint64_t fill_between(std::uint64_t x) {
  for (auto step = 1; step < 64; step *= 2)
    x ^= x << step;
  return x;
}

} // namespace

void row_scan::feed(std::string_view part) {
  bytes_ += part.size();
  if (rest_size_ > 0) {
    auto n = std::min(part.size(), block_size - rest_size_);
    std::memcpy(rest_.data() + rest_size_, part.data(), n);
    rest_size_ += n;
    part.remove_prefix(n);
    if (rest_size_ < block_size)
      return;
    scan(rest_.data());
    rest_size_ = 0;
  }
  for (; part.size() >= block_size; part.remove_prefix(block_size))
    scan(part.data());
  if (!part.empty())
    std::memcpy(rest_.data(), part.data(), part.size());
  rest_size_ = part.size();
}

row_scan::count row_scan::total() const {
  auto end = *this;
  std::fill(end.rest_.begin() + end.rest_size_, end.rest_.end(), ' ');
  end.scan(end.rest_.data());
  auto whole
    = end.begun_ && end.depth_ == 0 && end.in_string_ == 0 && !end.broken_;
  return {whole, end.rows_, bytes_};
}

void row_scan::scan(const char* at) {
  auto found = find_places(at);
  auto quotes = found.quotes & ~find_escaped(found.backslashes, escape_);
  auto in_string = fill_between(quotes) ^ in_string_;
  in_string_ = std::uint64_t{0} - (in_string >> 63);
  auto brackets = (found.opening | found.closing) & ~in_string;
  for (; brackets != 0; brackets &= brackets - 1) {
    auto i = std::countr_zero(brackets);
    if ((found.opening >> i & 1) != 0)
      open(at[i]);
    else
      close();
  }
}

void row_scan::open(char bracket) {
  if (depth_ == 0) {
    broken_ = broken_ || begun_ || bracket != '{';
    begun_ = true;
  } else if (depth_ == 1) { // of the members only `rows` may be a list
    in_list_ = bracket == '[';
  } else if (depth_ == 2 && in_list_ && bracket == '{') {
    ++rows_;
  }
  broken_ = broken_ || ++depth_ > max_depth;
}

void row_scan::close() {
  if (depth_ == 0)
    broken_ = true;
  else
    --depth_;
}

} // namespace bqs::sandbox
