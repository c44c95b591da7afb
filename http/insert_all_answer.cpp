#include "http/insert_all_answer.hpp"

#include <charconv>
#include <limits>
#include <utility>

#include <nlohmann/json.hpp>

#include "http/printable.hpp"
#include "http/utf8.hpp"

namespace bqs::http {

namespace {

/// Far above what the service nests.
constexpr std::size_t max_depth = 64;

/// Where in an answer a value is.
enum class place : std::uint8_t {
  elsewhere,
  root,
  insert_errors,
  row,
  row_index,
  row_errors,
  row_error,
  row_reason,
  row_message,
  row_location,
  error,
  error_status,
  error_message,
  error_list,
  error_item,
  item_reason,
  item_message,
  item_location,
};

struct member {
  std::string_view key;
  place of;
  place is;
};

constexpr member members[] = {
  {"insertErrors", place::root, place::insert_errors},
  {"index", place::row, place::row_index},
  {"errors", place::row, place::row_errors},
  {"reason", place::row_error, place::row_reason},
  {"message", place::row_error, place::row_message},
  {"location", place::row_error, place::row_location},
  {"error", place::root, place::error},
  {"status", place::error, place::error_status},
  {"message", place::error, place::error_message},
  {"errors", place::error, place::error_list},
  {"reason", place::error_item, place::item_reason},
  {"message", place::error_item, place::item_message},
  {"location", place::error_item, place::item_location},
};

place member_of(place parent, std::string_view key) noexcept {
  for (const auto& x : members)
    if (x.of == parent && x.key == key)
      return x.is;
  return place::elsewhere;
}

place element_of(place list) noexcept {
  switch (list) {
    case place::insert_errors:
      return place::row;
    case place::row_errors:
      return place::row_error;
    case place::error_list:
      return place::error_item;
    default:
      return place::elsewhere;
  }
}

bool is_object(place x) noexcept {
  return x == place::root || x == place::row || x == place::row_error
         || x == place::error || x == place::error_item;
}

bool is_list(place x) noexcept {
  return element_of(x) != place::elsewhere;
}

/// Receives the parser's calls; keeps no more of the document than where it is.
/// A value of the wrong type is noted and passed over.
class reader {
public:
  insert_all_answer result;
  bool sound = true;

  bool null() {
    // As good as absent, but for what a list holds and for the whole.
    auto at = here();
    if (at == place::root || at == place::row || at == place::row_error)
      sound = false;
    return true;
  }

  bool boolean(bool) {
    return other();
  }

  bool number_integer(std::int64_t) {
    return other(); // the negative ones
  }

  bool number_unsigned(std::uint64_t x) {
    if (here() != place::row_index)
      return other();
    index(x);
    return true;
  }

  bool number_float(double, const std::string&) {
    return other();
  }

  bool binary(nlohmann::json::binary_t&) {
    return other();
  }

  bool string(std::string& x) {
    auto at = here();
    if (at == place::row_index)
      decimal_index(x);
    else if (auto [to, bound] = target(at); to != nullptr)
      *to = printable(x, bound);
    else
      other();
    return true;
  }

  bool key(std::string& x) {
    member_ = member_of(open_.back(), x);
    return true;
  }

  bool start_object(std::size_t) {
    auto at = here();
    return open(at, is_object(at));
  }

  bool start_array(std::size_t) {
    auto at = here();
    return open(at, is_list(at));
  }

  bool end_object() {
    auto at = open_.back();
    open_.pop_back();
    if (at == place::row_error)
      end_error();
    if (at == place::row)
      end_row();
    return result.insert_errors.size() <= max_errors;
  }

  bool end_array() {
    open_.pop_back();
    return true;
  }

  bool parse_error(std::size_t, const std::string&,
                   const nlohmann::json::exception&) {
    return false;
  }

  /// Fills in what the envelope says in its second-best places.
  void finish() {
    if (!result.error)
      return;
    if (result.error->reason.empty())
      result.error->reason = std::move(status_);
    if (result.error->message.empty())
      result.error->message = std::move(item_message_);
  }

private:
  /// Where the value is that comes now.
  place here() const noexcept {
    if (open_.empty())
      return place::root;
    return is_list(open_.back()) ? element_of(open_.back()) : member_;
  }

  bool other() {
    if (here() != place::elsewhere)
      sound = false;
    return true;
  }

  bool open(place at, bool fits) {
    if (open_.size() == max_depth)
      return false;
    if (!fits) {
      sound = sound && at == place::elsewhere;
      at = place::elsewhere;
    }
    open_.push_back(at);
    member_ = place::elsewhere;
    if (at == place::row) {
      first_ = result.insert_errors.size();
      index_.reset();
    } else if (at == place::row_error) {
      result.insert_errors.emplace_back();
    } else if (at == place::error && !result.error) {
      result.error.emplace();
    } else if (at == place::error_item) {
      ++items_;
    }
    return true;
  }

  /// The text that a string at this place goes to, and its bound.
  std::pair<std::string*, std::size_t> target(place at) {
    switch (at) {
      case place::row_reason:
        return {&result.insert_errors.back().error.reason, max_reason};
      case place::row_message:
        return {&result.insert_errors.back().error.message, max_message};
      case place::row_location:
        return {&result.insert_errors.back().error.location, max_location};
      case place::error_status:
        return {&status_, max_reason};
      case place::error_message:
        return {&result.error->message, max_message};
      case place::item_reason:
        return {items_ == 1 ? &result.error->reason : &unused_, max_reason};
      case place::item_message:
        return {items_ == 1 ? &item_message_ : &unused_, max_message};
      case place::item_location:
        return {items_ == 1 ? &result.error->location : &unused_, max_location};
      default:
        return {nullptr, 0};
    }
  }

  void index(std::uint64_t x) {
    if (x > std::numeric_limits<std::uint32_t>::max()
        || (index_ && *index_ != x))
      sound = false;
    else
      index_ = static_cast<std::uint32_t>(x);
  }

  void decimal_index(const std::string& x) {
    std::uint32_t value = 0;
    auto last = x.data() + x.size();
    auto [end, failed] = std::from_chars(x.data(), last, value);
    if (failed != std::errc{} || end != last)
      sound = false;
    else
      index(value);
  }

  /// A row with two errors of one reason is as one with the first; an error
  /// costs more than the three bytes of `{},`.
  void end_error() {
    auto& errors = result.insert_errors;
    auto n = errors.size();
    if (n - first_ > 1
        && errors[n - 1].error.reason == errors[n - 2].error.reason)
      errors.pop_back();
  }

  void end_row() {
    if (!index_) {
      sound = false;
      return;
    }
    auto& errors = result.insert_errors;
    if (errors.size() == first_)
      errors.emplace_back();
    for (auto i = first_; i < errors.size(); ++i)
      errors[i].index = *index_;
  }

  /// Containers that are open; `elsewhere` for all whose content is passed
  /// over.
  std::vector<place> open_;
  place member_ = place::elsewhere;
  /// Of the row that is open: its first error, and its index.
  std::size_t first_ = 0;
  std::optional<std::uint32_t> index_;
  std::size_t items_ = 0;
  std::string status_;
  std::string item_message_;
  std::string unused_;
};

} // namespace

insert_all_answer read_insert_all_answer(std::string_view body) {
  // The parser takes a NUL for the end.
  if (body.find('\0') != std::string_view::npos)
    return {};
  std::string repaired;
  if (!is_utf8(body)) {
    repaired = to_utf8(body);
    body = repaired;
  }
  reader x;
  auto whole
    = nlohmann::json::sax_parse(body.data(), body.data() + body.size(), &x);
  x.result.readable = whole && x.sound;
  x.finish();
  return std::move(x.result);
}

} // namespace bqs::http
