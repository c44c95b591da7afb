#include "sandbox/tape.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>

#include <nlohmann/json.hpp>

namespace bqs::sandbox {

namespace {

using json = nlohmann::json;

/// What the library says of a number that no double can hold.
constexpr int number_out_of_range = 406;

std::string unexpected(std::size_t position) {
  return "Unexpected token at byte " + std::to_string(position) + ".";
}

/// Returns how many characters at the beginning of `text` are digits.
std::size_t count_digits(std::string_view text) {
  return std::min(text.find_first_not_of("0123456789"), text.size());
}

/// Returns the longest number at the beginning of `text`, by the grammar of RFC
/// 8259, section 6; empty if there is none.
std::string_view number_at(std::string_view text) {
  std::size_t end = text.starts_with('-') ? 1 : 0;
  auto whole = count_digits(text.substr(end));
  if (whole == 0)
    return {};
  end += text[end] == '0' ? 1 : whole;
  if (auto rest = text.substr(end); rest.starts_with('.'))
    if (auto n = count_digits(rest.substr(1)); n > 0)
      end += 1 + n;
  if (auto rest = text.substr(end);
      rest.starts_with('e') || rest.starts_with('E')) {
    std::size_t sign = rest.find_first_of("+-") == 1 ? 1 : 0;
    if (auto n = count_digits(rest.substr(1 + sign)); n > 0)
      end += 1 + sign + n;
  }
  return text.substr(0, end);
}

bool overflows(std::string_view number) {
  return std::isinf(std::strtod(std::string{number}.c_str(), nullptr));
}

/// Puts quotes around each number that no double can hold: it is valid JSON,
/// and a matter of its row alone, but the library would refuse the whole text.
std::string quote_overflows(std::string_view text) {
  std::string result;
  result.reserve(text.size() + 64);
  for (std::size_t at = 0; at < text.size();) {
    auto end = at + 1;
    auto quoted = false;
    if (text[at] == '"') {
      while (end < text.size() && text[end] != '"')
        end += text[end] == '\\' ? 2 : 1;
      end = std::min(end + 1, text.size());
    } else if (auto number = number_at(text.substr(at)); !number.empty()) {
      end = at + number.size();
      // In front of a colon it would become a name, and the text valid.
      auto next = text.find_first_not_of(" \t\n\r", end);
      quoted = overflows(number)
               && (next == std::string_view::npos || text[next] != ':');
    }
    if (quoted)
      result += '"';
    result.append(text, at, end - at);
    if (quoted)
      result += '"';
    at = end;
  }
  return result;
}

} // namespace

/// Receives the events of the JSON library.
class tape_builder : public json::json_sax_t {
public:
  tape_builder(tape& out, std::size_t max_depth)
    : out_(out), max_depth_(max_depth) {
    // nop
  }

  bool null() override {
    return leaf(json_kind::null);
  }

  bool boolean(bool x) override {
    return leaf(x ? json_kind::yes : json_kind::no);
  }

  bool number_integer(number_integer_t x) override {
    return number(x);
  }

  bool number_unsigned(number_unsigned_t x) override {
    return number(x);
  }

  // Integers of more than 64 bits arrive here, too.
  bool number_float(number_float_t, const string_t& digits) override {
    auto whole = digits.find_first_of(".eE") == string_t::npos;
    return leaf(whole ? json_kind::integer : json_kind::decimal, digits);
  }

  bool string(string_t& x) override {
    return leaf(json_kind::string, x);
  }

  bool binary(binary_t&) override {
    return false; // not in JSON texts
  }

  bool start_object(std::size_t) override {
    return open(json_kind::object);
  }

  bool key(string_t& x) override {
    return leaf(json_kind::key, x);
  }

  bool end_object() override {
    return close();
  }

  bool start_array(std::size_t) override {
    return open(json_kind::array);
  }

  bool end_array() override {
    return close();
  }

  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::detail::exception& why) override {
    overflow = why.id == number_out_of_range;
    error = unexpected(position);
    return false;
  }

  std::string error;
  /// The text may be valid but for the range of a number.
  bool overflow = false;

private:
  template <class Int>
  bool number(Int x) {
    char digits[24];
    auto end = std::to_chars(digits, digits + sizeof(digits), x).ptr;
    return leaf(json_kind::integer,
                {digits, static_cast<std::size_t>(end - digits)});
  }

  bool leaf(json_kind kind, std::string_view text = {}) {
    out_.nodes_.push_back({static_cast<std::uint32_t>(out_.chars_.size()),
                           static_cast<std::uint32_t>(text.size()),
                           static_cast<std::uint32_t>(out_.nodes_.size() + 1),
                           kind});
    out_.chars_.append(text);
    return true;
  }

  bool open(json_kind kind) {
    if (open_.size() == max_depth_) {
      error = "Message too deep. Max recursion depth reached.";
      return false;
    }
    open_.push_back(out_.nodes_.size());
    return leaf(kind);
  }

  bool close() {
    out_.nodes_[open_.back()].next
      = static_cast<std::uint32_t>(out_.nodes_.size());
    open_.pop_back();
    return true;
  }

  tape& out_;
  std::size_t max_depth_;
  std::vector<std::size_t> open_;
};

std::string_view tape::view::text() const {
  switch (kind()) {
    case json_kind::null:
      return "null";
    case json_kind::no:
      return "false";
    case json_kind::yes:
      return "true";
    default:
      return std::string_view{whole_->chars_}.substr(self().offset,
                                                     self().length);
  }
}

std::optional<tape::view> tape::view::find(std::string_view name) const {
  std::optional<view> found;
  if (is(json_kind::object))
    each_member([&](std::string_view key, view value) {
      if (key == name)
        found = value;
    });
  return found;
}

std::variant<tape, std::string> tape::parse(std::string_view text,
                                            std::size_t max_depth) {
  if (text.size() > std::numeric_limits<std::uint32_t>::max() / 2)
    return "Text too long.";
  tape result;
  result.chars_.reserve(text.size());
  result.nodes_.reserve(text.size() / 16);
  tape_builder builder{result, max_depth};
  if (json::sax_parse(text.begin(), text.end(), &builder)) {
    // The library takes a NUL for the end.
    if (auto at = text.find('\0'); at != std::string_view::npos)
      return unexpected(at + 1);
    return result;
  }
  if (builder.overflow)
    if (auto quoted = quote_overflows(text); quoted.size() > text.size())
      return parse(quoted, max_depth);
  return builder.error;
}

} // namespace bqs::sandbox
