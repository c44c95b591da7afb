#include "app/display_text.hpp"

#include <clocale>
#include <cwchar>

namespace bqs::app {

namespace {

/// Lets the C library see texts as UTF-8, in this thread and scope, whatever
/// the environment says.
class as_utf8 {
public:
  as_utf8() : before_(uselocale(utf8())) {
    // nop
  }

  ~as_utf8() {
    uselocale(before_);
  }

  as_utf8(const as_utf8&) = delete;
  as_utf8& operator=(const as_utf8&) = delete;

private:
  static locale_t utf8() {
    static const auto result = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
    return result;
  }

  locale_t before_;
};

struct character {
  /// None if the bytes are no UTF-8.
  wchar_t code = 0;
  std::size_t bytes = 1;
  /// Below 0: not known.
  int width = -1;
};

/// Reads the first character of a text that is not empty.
character first_of(std::string_view x) {
  std::mbstate_t state{};
  character result;
  auto bytes = std::mbrtowc(&result.code, x.data(), x.size(), &state);
  if (bytes == 0 || bytes > x.size()) // NUL, not UTF-8, cut off
    return {};
  result.bytes = bytes;
  result.width = wcwidth(result.code);
  return result;
}

/// Of a character that the C library does not know, most terminals show one.
std::size_t columns_of(const character& x) {
  return x.width < 0 ? 1 : static_cast<std::size_t>(x.width);
}

constexpr auto ellipsis = "\xE2\x80\xA6";

} // namespace

std::size_t display_width(std::string_view x) {
  as_utf8 scope;
  std::size_t result = 0;
  while (!x.empty()) {
    auto next = first_of(x);
    result += columns_of(next);
    x.remove_prefix(next.bytes);
  }
  return result;
}

std::string cut(const std::string& x, std::size_t most) {
  if (display_width(x) <= most)
    return x;
  if (most == 0)
    return {};
  as_utf8 scope;
  std::size_t bytes = 0;
  std::size_t width = 1; // the ellipsis
  while (true) {
    auto next = first_of(std::string_view{x}.substr(bytes));
    width += columns_of(next);
    if (width > most)
      return x.substr(0, bytes) + ellipsis;
    bytes += next.bytes;
  }
}

} // namespace bqs::app
