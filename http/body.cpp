#include "http/body.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <new>

#include "http/utf8.hpp"

namespace bqs::http {

namespace {

constexpr std::string_view id_open = R"({"insertId":")";
constexpr std::string_view id_close = R"(","json":)";
constexpr std::string_view plain_open = R"({"json":)";
constexpr std::string_view row_close = "}";
constexpr std::string_view head_open = "{";
constexpr std::string_view skip_invalid = R"("skipInvalidRows":true,)";
constexpr std::string_view ignore_unknown = R"("ignoreUnknownValues":true,)";
constexpr std::string_view suffix_open = R"("templateSuffix":")";
constexpr std::string_view trace_open = R"("traceId":")";
constexpr std::string_view member_close = R"(",)";
constexpr std::string_view head_close = R"("rows":[)";
constexpr std::string_view tail = "]}";

/// Longest table name (with its suffix), and longest trace id with each of its
/// characters escaped.
constexpr std::size_t longest_suffix = 1024;
constexpr std::size_t longest_trace = std::size_t{6} * 36;

static_assert(body_framing >= head_open.size() + skip_invalid.size()
                                + ignore_unknown.size() + suffix_open.size()
                                + longest_suffix + trace_open.size()
                                + longest_trace + 2 * member_close.size()
                                + head_close.size() + tail.size());
static_assert(row_framing
              == 1 + id_open.size() + id_close.size() + row_close.size());
static_assert(row_framing >= 1 + plain_open.size() + row_close.size());

constexpr std::size_t least_capacity = 64u << 10;

char* put(char* pos, std::string_view x) noexcept {
  if (!x.empty())
    std::memcpy(pos, x.data(), x.size());
  return pos + x.size();
}

/// Bytes of one ASCII character inside a JSON string.
std::size_t escaped_size(char c) noexcept {
  if (c == '"' || c == '\\')
    return 2;
  return static_cast<unsigned char>(c) < 0x20 ? 6 : 1;
}

std::size_t escaped_size(std::string_view x) noexcept {
  std::size_t result = 0;
  for (auto c : x)
    result += escaped_size(c);
  return result;
}

/// Writes `x`, which is valid UTF-8, as the inside of a JSON string.
char* put_escaped(char* pos, std::string_view x) noexcept {
  constexpr auto digits = "0123456789abcdef";
  for (auto c : x) {
    switch (escaped_size(c)) {
      case 1:
        *pos++ = c;
        break;
      case 2:
        *pos++ = '\\';
        *pos++ = c;
        break;
      default:
        pos = put(pos, "\\u00");
        *pos++ = digits[static_cast<unsigned char>(c) >> 4];
        *pos++ = digits[static_cast<unsigned char>(c) & 0x0F];
    }
  }
  return pos;
}

/// Says what is wrong with an insert id.
row_verdict_at check_insert_id(std::string_view id) noexcept {
  auto last = id.data() + id.size();
  std::size_t characters = 0;
  for (std::size_t at = 0; at != id.size();) {
    auto length = utf8_length(id.data() + at, last);
    if (length == 0)
      return {row_fault::insert_id_invalid, at};
    if (++characters > max_insert_id)
      return {row_fault::insert_id_too_long, at};
    at += length;
  }
  return {};
}

struct release {
  void operator()(char* x) const noexcept {
    std::free(x);
  }
};

} // namespace

/// Invariant: `size` bytes of `data` are the head and whole rows, and the tail
/// has room behind them. A row is in the body only from the moment when `size`
/// moves.
struct body_builder::impl {
  std::unique_ptr<char, release> data;
  std::size_t capacity = 0;
  std::size_t size = 0;
  /// Size of the body without rows, and without its tail.
  std::size_t head = 0;
  std::size_t limit = max_body_bytes;
  /// What bodies needed lately: the largest of them, fading.
  std::size_t needed = 0;
  std::uint32_t rows = 0;
  row_verdict_at fault;

  /// Makes room for `more` bytes and the tail.
  void reserve(std::size_t more) {
    auto wanted = size + more + tail.size();
    if (wanted > capacity)
      resize(std::max({wanted, capacity + capacity / 2, least_capacity}));
  }

  void resize(std::size_t bytes) {
    auto grown = std::realloc(data.get(), bytes);
    if (!grown)
      throw std::bad_alloc{};
    static_cast<void>(data.release());
    data.reset(static_cast<char*>(grown));
    capacity = bytes;
  }

  /// Gives memory back once several bodies in a row needed far less.
  void shrink() {
    needed = std::max(size, needed - needed / 4);
    size = 0;
    auto enough = std::max(2 * needed, least_capacity);
    if (capacity / 2 > enough)
      resize(enough);
  }

  void put_head(std::string_view x) {
    reserve(x.size());
    put(data.get() + size, x);
    size += x.size();
  }

  void put_member(std::string_view key, std::string_view value) {
    auto text = to_utf8(value);
    auto bytes = escaped_size(text);
    put_head(key);
    reserve(bytes);
    put_escaped(data.get() + size, text);
    size += bytes;
    put_head(member_close);
  }

  /// Notes a fault; returns whether there is none.
  bool is_good(row_verdict_at x) noexcept {
    if (x.fault == row_fault::none)
      return true;
    fault = x;
    return false;
  }

  template <class PutId>
  append_result append(std::string_view json, std::size_t id_bytes,
                       PutId put_id) {
    auto framing = id_bytes > 0 ? id_open.size() + id_bytes + id_close.size()
                                : plain_open.size();
    auto around = framing + row_close.size();
    auto alone = head + around + tail.size();
    if (alone + json.size() > limit) {
      fault = {row_fault::too_large, limit > alone ? limit - alone : 0};
      return append_result::bad;
    }
    auto added = (rows > 0 ? 1 : 0) + around + json.size();
    if (rows == max_body_rows || size + added + tail.size() > limit)
      return append_result::full;
    reserve(added);
    auto pos = data.get() + size;
    if (rows > 0)
      *pos++ = ',';
    if (id_bytes > 0) {
      pos = put(pos, id_open);
      pos = put_id(pos);
      pos = put(pos, id_close);
    } else {
      pos = put(pos, plain_open);
    }
    auto end = put(pos, json);
    if (!is_good(check_row({pos, json.size()})))
      return append_result::bad;
    put(end, row_close);
    size += added;
    ++rows;
    return append_result::ok;
  }
};

body_builder::body_builder() : impl_(std::make_unique<impl>()) {
  start({});
}

body_builder::~body_builder() = default;

body_builder::body_builder(body_builder&&) noexcept = default;

body_builder& body_builder::operator=(body_builder&&) noexcept = default;

void body_builder::start(const body_options& options, std::size_t limit) {
  auto& x = *impl_;
  x.shrink();
  x.limit = limit;
  x.rows = 0;
  x.put_head(head_open);
  if (options.skip_invalid_rows)
    x.put_head(skip_invalid);
  if (options.ignore_unknown_values)
    x.put_head(ignore_unknown);
  if (!options.template_suffix.empty())
    x.put_member(suffix_open, options.template_suffix);
  if (!options.trace_id.empty())
    x.put_member(trace_open, options.trace_id);
  x.put_head(head_close);
  x.head = x.size;
}

append_result body_builder::append(std::string_view json,
                                   std::string_view insert_id) {
  if (!impl_->is_good(check_insert_id(insert_id)))
    return append_result::bad;
  return impl_->append(json, escaped_size(insert_id), [insert_id](char* pos) {
    return put_escaped(pos, insert_id);
  });
}

append_result body_builder::append(std::string_view json,
                                   std::string_view prefix,
                                   std::uint64_t number) {
  char digits[20];
  std::size_t count = 0;
  if (!prefix.empty())
    count = static_cast<std::size_t>(
      std::to_chars(digits, digits + sizeof(digits), number).ptr - digits);
  return impl_->append(json, prefix.size() + count, [&](char* pos) {
    return put(put(pos, prefix), {digits, count});
  });
}

row_verdict_at body_builder::fault() const noexcept {
  return impl_->fault;
}

std::uint32_t body_builder::rows() const noexcept {
  return impl_->rows;
}

std::size_t body_builder::size() const noexcept {
  return impl_->size + tail.size();
}

std::string_view body_builder::finish() {
  put(impl_->data.get() + impl_->size, tail);
  return {impl_->data.get(), size()};
}

} // namespace bqs::http
