#include "http/row_check.hpp"

#include <bitset>
#include <cstdint>
#include <cstring>

#include "http/utf8.hpp"

namespace bqs::http {

namespace {

/// Whether none of eight bytes ends a run of plain characters in a string:
/// quote, backslash, control character, or anything beyond ASCII.
bool all_plain(std::uint64_t x) noexcept {
  constexpr auto ones = 0x0101010101010101u;
  auto quotes = x ^ (ones * '"');
  auto slashes = x ^ (ones * '\\');
  auto hits = ((quotes - ones) & ~quotes) | ((slashes - ones) & ~slashes)
              | ((x - ones * 0x20) & ~x) | x;
  return (hits & (ones * 0x80)) == 0;
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
    while (next_is(' ') || next_is('\n') || next_is('\t') || next_is('\r'))
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

  /// As many characters as need no look of their own.
  void plain() noexcept {
    std::uint64_t eight = 0;
    while (text_.size() - at_ >= sizeof(eight)) {
      std::memcpy(&eight, text_.data() + at_, sizeof(eight));
      if (!all_plain(eight))
        break;
      at_ += sizeof(eight);
    }
    while (at_ != text_.size()) {
      auto c = static_cast<unsigned char>(text_[at_]);
      if (c < 0x20 || c >= 0x80 || c == '"' || c == '\\')
        break;
      ++at_;
    }
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
    while (at_ != text_.size() && text_[at_] >= '0' && text_[at_] <= '9')
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
  return row_walk{text}.run();
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
