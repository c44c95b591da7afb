#include "http/rfc3339.hpp"

#include <array>
#include <cstdint>
#include <cstdio>

namespace bqs::http {

namespace {

using namespace std::chrono;

/// Takes a text apart from its front; after a mismatch all is one.
class scanner {
public:
  explicit scanner(std::string_view text) : rest_(text) {
    // nop
  }

  /// Takes exactly so many digits whose number is at most `most`.
  unsigned number(std::size_t digits, unsigned most) {
    unsigned result = 0;
    for (std::size_t i = 0; i < digits; ++i)
      result = result * 10 + digit();
    ok_ = ok_ && result <= most;
    return result;
  }

  /// Takes one of the characters, in whatever case.
  char one_of(std::string_view any) {
    if (rest_.empty() || any.find(rest_.front()) == std::string_view::npos) {
      ok_ = false;
      return 0;
    }
    auto result = rest_.front();
    rest_.remove_prefix(1);
    return result;
  }

  bool has_digit() const {
    return !rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9';
  }

  bool next_is(char x) const {
    return rest_.starts_with(x);
  }

  unsigned digit() {
    auto x = one_of("0123456789");
    return ok_ ? static_cast<unsigned>(x - '0') : 0;
  }

  bool at_end() const {
    return rest_.empty();
  }

  bool ok() const {
    return ok_;
  }

private:
  std::string_view rest_;
  bool ok_ = true;
};

std::optional<sys_days> read_date(scanner& in) {
  auto y = in.number(4, 9999);
  in.one_of("-");
  auto m = in.number(2, 12);
  in.one_of("-");
  auto d = in.number(2, 31);
  year_month_day result{year{static_cast<int>(y)}, month{m}, day{d}};
  if (!in.ok() || !result.ok())
    return std::nullopt;
  return sys_days{result};
}

microseconds read_time(scanner& in) {
  auto result = microseconds{hours{in.number(2, 23)}};
  in.one_of(":");
  result += minutes{in.number(2, 59)};
  in.one_of(":");
  result += seconds{in.number(2, 60)}; // a leap second is the next one
  if (!in.next_is('.'))
    return result;
  in.one_of(".");
  auto unit = 100'000;
  do {
    result += microseconds{unit * static_cast<int>(in.digit())};
    unit /= 10;
  } while (in.has_digit());
  return result;
}

minutes read_offset(scanner& in) {
  auto sign = in.one_of("Zz+-");
  if (sign != '+' && sign != '-')
    return {};
  auto result = minutes{hours{in.number(2, 23)}};
  in.one_of(":");
  result += minutes{in.number(2, 59)};
  return sign == '-' ? -result : result;
}

} // namespace

std::string to_rfc3339(micro_time time) {
  auto date = floor<days>(time);
  year_month_day ymd{date};
  hh_mm_ss clock{time - date};
  std::array<char, 64> text{};
  std::snprintf(
    text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%06dZ",
    static_cast<int>(ymd.year()), static_cast<unsigned>(ymd.month()),
    static_cast<unsigned>(ymd.day()), static_cast<int>(clock.hours().count()),
    static_cast<int>(clock.minutes().count()),
    static_cast<int>(clock.seconds().count()),
    static_cast<int>(clock.subseconds().count()));
  return text.data();
}

std::optional<micro_time> parse_rfc3339(std::string_view text) {
  scanner in{text};
  auto date = read_date(in);
  if (!date)
    return std::nullopt;
  micro_time result{*date};
  if (in.at_end())
    return result;
  in.one_of("Tt ");
  result += read_time(in);
  result -= read_offset(in);
  if (!in.ok() || !in.at_end())
    return std::nullopt;
  // An offset or a leap second may lead where no text does.
  auto day = floor<days>(result);
  if (day < sys_days{year{0} / 1 / 1} || day > sys_days{year{9999} / 12 / 31})
    return std::nullopt;
  return result;
}

} // namespace bqs::http
