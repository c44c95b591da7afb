#include "http/row_check.hpp"

#include <bit>
#include <bitset>
#include <cstdint>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include <simdjson.h>

#include "http/utf8.hpp"

namespace bqs::http {

namespace {

/// What neither ends a string nor is an escape or control character in it.
bool is_plain(char c) noexcept {
  return static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\';
}

bool is_blank(char c) noexcept {
  return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

int hex_value(char c) noexcept {
  if (c >= '0' && c <= '9')
    return c - '0';
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  if (c >= 'A' && c <= 'F')
    return c - 'A' + 10;
  return -1;
}

/// Whether a text is a row, for sure: goes through it as `row_walk` does, only
/// faster, for it need not say what is wrong and gives up over what is rare.
///
/// The text ends with a brace, which ends each loop, and which nothing but the
/// end of an object takes: so whatever is behind a step can be read.
class quick_walk {
public:
  explicit quick_walk(std::string_view text) noexcept
    : at_(text.data()), end_(text.data() + text.size()) {
    // nop
  }

  bool run() noexcept {
    while (at_ != end_ && is_blank(*at_))
      ++at_;
    while (at_ != end_ && is_blank(end_[-1]))
      --end_;
    if (end_ - at_ < 2 || *at_ != '{' || end_[-1] != '}')
      return false;
    auto begin = at_;
    while (begin_value())
      if (completed_ && !end_values())
        return at_ == end_ && depth_ == 0
               && (is_ascii()
                   || simdjson::validate_utf8(
                     begin, static_cast<std::size_t>(end_ - begin)));
    return false;
  }

private:
  /// As deep as `objects_` can tell; deeper ones are rare.
  static constexpr unsigned most_depth = 63;

  void blanks() noexcept {
    while (is_blank(*at_))
      ++at_;
  }

  bool in_object() const noexcept {
    return (objects_ & 1) != 0;
  }

  /// A scalar or an empty container, which is then `completed_`, or a container
  /// up to its first value.
  bool begin_value() noexcept {
    completed_ = true;
    switch (*at_) {
      case '{':
      case '[':
        return open(*at_ == '{');
      case '"':
        return string();
      case 't':
        return word("true");
      case 'f':
        return word("false");
      case 'n':
        return word("null");
      default:
        return number();
    }
  }

  bool open(bool object) noexcept {
    if (depth_ == most_depth)
      return false;
    ++at_;
    blanks();
    if (*at_ == (object ? '}' : ']')) {
      ++at_;
      return true;
    }
    completed_ = false;
    ++depth_;
    objects_ = (objects_ << 1) | (object ? 1 : 0);
    return !object || key();
  }

  /// What comes behind a complete value, up to the next one; false if there is
  /// none, or it is none.
  bool end_values() noexcept {
    while (depth_ > 0 && at_ != end_) {
      blanks();
      if (*at_ == ',') {
        ++at_;
        blanks();
        return !in_object() || key();
      }
      if (*at_ != (in_object() ? '}' : ']'))
        return false;
      ++at_;
      --depth_;
      objects_ >>= 1;
    }
    return false;
  }

  bool key() noexcept {
    if (*at_ != '"' || !string())
      return false;
    blanks();
    if (*at_ != ':')
      return false;
    ++at_;
    blanks();
    return true;
  }

  bool string() noexcept {
    ++at_;
    for (;;) {
      plain();
      if (at_ != end_ && *at_ == '"') {
        ++at_;
        return true;
      }
      if (at_ == end_ || *at_ != '\\' || !escape())
        return false;
    }
  }

#ifdef __SSE2__
  void plain() noexcept {
    const auto quote = _mm_set1_epi8('"');
    const auto backslash = _mm_set1_epi8('\\');
    const auto control = _mm_set1_epi8(0x1F);
    for (; end_ - at_ >= 16; at_ += 16) {
      auto x = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at_));
      auto hits = _mm_or_si128(
        _mm_or_si128(_mm_cmpeq_epi8(x, quote), _mm_cmpeq_epi8(x, backslash)),
        _mm_cmpeq_epi8(_mm_min_epu8(x, control), x));
      seen_ = _mm_or_si128(seen_, x);
      if (auto mask = static_cast<unsigned>(_mm_movemask_epi8(hits))) {
        at_ += std::countr_zero(mask);
        return;
      }
    }
    plain_rest();
  }

  bool is_ascii() const noexcept {
    return _mm_movemask_epi8(seen_) == 0 && (rest_ & 0x80) == 0;
  }
#else
  void plain() noexcept {
    plain_rest();
  }

  bool is_ascii() const noexcept {
    return (rest_ & 0x80) == 0;
  }
#endif

  void plain_rest() noexcept {
    for (; at_ != end_ && is_plain(*at_); ++at_)
      rest_ |= static_cast<unsigned char>(*at_);
  }

  /// Of an escape by four digits; negative if they are none.
  int code_unit() noexcept {
    if (end_ - at_ < 6)
      return -1;
    auto result = 0;
    for (auto i : {2, 3, 4, 5}) {
      auto digit = hex_value(at_[i]);
      if (digit < 0)
        return -1;
      result = result * 16 + digit;
    }
    at_ += 6;
    return result;
  }

  bool escape() noexcept {
    switch (at_[1]) {
      case '"':
      case '\\':
      case '/':
      case 'b':
      case 'f':
      case 'n':
      case 'r':
      case 't':
        at_ += 2;
        return true;
      case 'u': {
        auto unit = code_unit();
        if (unit < 0xD800 || unit > 0xDFFF)
          return unit >= 0;
        // A surrogate: the first of a pair with the second right behind it.
        if (unit > 0xDBFF || *at_ != '\\' || at_[1] != 'u')
          return false;
        unit = code_unit();
        return unit >= 0xDC00 && unit <= 0xDFFF;
      }
      default:
        return false;
    }
  }

  bool number() noexcept {
    if (*at_ == '-')
      ++at_;
    if (*at_ == '0')
      ++at_;
    else if (!digits())
      return false;
    if (*at_ == '.') {
      ++at_;
      if (!digits())
        return false;
    }
    if (*at_ != 'e' && *at_ != 'E')
      return true;
    ++at_;
    if (*at_ == '+' || *at_ == '-')
      ++at_;
    return digits();
  }

  bool digits() noexcept {
    auto first = at_;
    while (is_digit(*at_))
      ++at_;
    return at_ != first;
  }

  bool word(std::string_view x) noexcept {
    std::string_view rest{at_, static_cast<std::size_t>(end_ - at_)};
    if (!rest.starts_with(x))
      return false;
    at_ += x.size();
    return true;
  }

  const char* at_;
  const char* end_;
  bool completed_ = false;
  unsigned depth_ = 0;
  /// For each container that is open, the innermost lowest: is it an object?
  std::uint64_t objects_ = 0;
  /// Bits of all that is in strings.
  unsigned rest_ = 0;
#ifdef __SSE2__
  __m128i seen_ = _mm_setzero_si128();
#endif
};

/// Walks a text once, from left to right, without recursion. Each step moves
/// `at_` behind what it is named after, or leaves a verdict and returns false.
///
/// Invariant: `objects_[i]` says, for i < `depth_`, whether the container at
/// that depth is an object.
class row_walk {
public:
  explicit row_walk(std::string_view text) noexcept : text_(text) {
    // nop
  }

  row_verdict_at run() noexcept {
    blanks();
    auto first = at_;
    if (!value())
      return verdict_;
    blanks();
    if (at_ != text_.size())
      unexpected();
    else if (text_[first] != '{')
      fail(row_fault::not_an_object, first);
    return verdict_;
  }

private:
  bool fail(row_fault what, std::size_t where) noexcept {
    verdict_ = {what, where};
    return false;
  }

  /// The byte at `at_`, or the end, is not what the grammar wants here.
  bool unexpected() noexcept {
    auto rest = text_.substr(at_);
    if (!rest.empty()
        && utf8_length(rest.data(), rest.data() + rest.size()) == 0)
      return fail(row_fault::invalid_utf8, at_);
    return fail(row_fault::malformed, at_);
  }

  bool next_is(char c) const noexcept {
    return at_ != text_.size() && text_[at_] == c;
  }

  bool take(char c) noexcept {
    if (!next_is(c))
      return false;
    ++at_;
    return true;
  }

  void blanks() noexcept {
    while (at_ != text_.size() && is_blank(text_[at_]))
      ++at_;
  }

  bool in_object() const noexcept {
    return objects_[depth_ - 1];
  }

  /// A value with all that is nested in it.
  bool value() noexcept {
    for (;;) {
      auto depth = depth_;
      if (!begin_value())
        return false;
      if (depth_ > depth)
        continue;
      // A value is complete; so is each container that is closed behind it.
      for (;;) {
        if (depth_ == 0)
          return true;
        blanks();
        if (take(',')) {
          blanks();
          if (in_object() && !key())
            return false;
          break;
        }
        if (!take(in_object() ? '}' : ']'))
          return unexpected();
        --depth_;
      }
    }
  }

  /// A scalar, an empty container, or a container up to its first value.
  bool begin_value() noexcept {
    if (at_ == text_.size())
      return unexpected();
    switch (text_[at_]) {
      case '{':
        return open(true);
      case '[':
        return open(false);
      case '"':
        return string();
      case 't':
        return word("true");
      case 'f':
        return word("false");
      case 'n':
        return word("null");
      default:
        return number();
    }
  }

  bool open(bool object) noexcept {
    if (depth_ == max_row_depth)
      return fail(row_fault::too_deep, at_);
    ++at_;
    blanks();
    if (take(object ? '}' : ']'))
      return true;
    objects_[depth_++] = object;
    return !object || key();
  }

  /// The name of a member, up to its value.
  bool key() noexcept {
    if (!next_is('"'))
      return unexpected();
    if (!string())
      return false;
    blanks();
    if (!take(':'))
      return unexpected();
    blanks();
    return true;
  }

  bool string() noexcept {
    ++at_;
    for (;;) {
      plain();
      if (at_ == text_.size())
        return unexpected();
      auto c = static_cast<unsigned char>(text_[at_]);
      if (c == '"') {
        ++at_;
        return true;
      }
      if (c == '\\') {
        if (!escape())
          return false;
      } else if (c < 0x20 || !character()) {
        return unexpected();
      }
    }
  }

  void plain() noexcept {
    while (at_ != text_.size() && is_plain(text_[at_])
           && static_cast<unsigned char>(text_[at_]) < 0x80)
      ++at_;
  }

  /// One character beyond ASCII.
  bool character() noexcept {
    auto last = text_.data() + text_.size();
    auto length = utf8_length(text_.data() + at_, last);
    at_ += length;
    return length > 0;
  }

  bool escape() noexcept {
    auto start = at_++;
    if (at_ == text_.size())
      return unexpected();
    if (!next_is('u')) {
      constexpr std::string_view plain_escapes = "\"\\/bfnrt";
      if (plain_escapes.find(text_[at_]) == std::string_view::npos)
        return unexpected();
      ++at_;
      return true;
    }
    unsigned unit = 0;
    if (!code_unit(unit))
      return false;
    if (unit < 0xD800 || unit > 0xDFFF)
      return true;
    // A surrogate: the first of a pair with the second right behind it.
    if (unit > 0xDBFF || !take('\\') || !next_is('u'))
      return fail(row_fault::malformed, start);
    if (!code_unit(unit))
      return false;
    return (unit >= 0xDC00 && unit <= 0xDFFF)
           || fail(row_fault::malformed, start);
  }

  /// The `u` of an escape and its four digits.
  bool code_unit(unsigned& unit) noexcept {
    ++at_;
    unit = 0;
    for (int i = 0; i < 4; ++i, ++at_) {
      auto digit = at_ != text_.size() ? hex_value(text_[at_]) : -1;
      if (digit < 0)
        return unexpected();
      unit = unit * 16 + static_cast<unsigned>(digit);
    }
    return true;
  }

  bool number() noexcept {
    take('-');
    if (!take('0') && !digits())
      return false;
    if (take('.') && !digits())
      return false;
    if (!take('e') && !take('E'))
      return true;
    if (!take('+'))
      take('-');
    return digits();
  }

  bool digits() noexcept {
    auto start = at_;
    while (at_ != text_.size() && is_digit(text_[at_]))
      ++at_;
    return at_ != start || unexpected();
  }

  bool word(std::string_view x) noexcept {
    for (auto c : x)
      if (!take(c))
        return unexpected();
    return true;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  row_verdict_at verdict_;
  std::size_t depth_ = 0;
  std::bitset<max_row_depth> objects_;
};

} // namespace

row_verdict_at check_row(std::string_view text) noexcept {
  return quick_walk{text}.run() ? row_verdict_at{} : row_walk{text}.run();
}

const char* describe(row_fault fault) noexcept {
  switch (fault) {
    case row_fault::none:
      return "no fault";
    case row_fault::malformed:
      return "not valid JSON";
    case row_fault::not_an_object:
      return "not a JSON object";
    case row_fault::invalid_utf8:
      return "not valid UTF-8";
    case row_fault::too_deep:
      return "nested too deeply";
    case row_fault::too_large:
      return "too large for a request";
    case row_fault::insert_id_too_long:
      return "insert id longer than 128 characters";
    case row_fault::insert_id_invalid:
      return "insert id not valid UTF-8";
  }
  return "unknown fault";
}

} // namespace bqs::http
