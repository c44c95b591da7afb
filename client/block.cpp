#include "bqstreamer/block.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <span>
#include <string>
#include <utility>

#include <arpa/inet.h>

#include <caf/deserializer.hpp>
#include <caf/sec.hpp>
#include <caf/serializer.hpp>

namespace bqs {

namespace {

/// Whether `ends` ascends, or stays, and stops exactly at `size`.
bool is_cut_of(const std::vector<std::uint32_t>& ends, std::size_t size) {
  return std::ranges::is_sorted(ends) && !ends.empty() && ends.back() == size;
}

/// So many numbers at a time.
using piece = std::array<std::uint32_t, 512>;

/// A peer that claims more numbers gets their memory only as they come.
constexpr std::size_t most_believed = 16'384;

} // namespace

caf::error inspect(caf::serializer& f, extras_map& x) {
  return f(static_cast<std::map<std::string, std::string>&>(x));
}

caf::error inspect(caf::deserializer& f, extras_map& x) {
  std::size_t size = 0;
  if (auto err = f.begin_sequence(size))
    return err;
  if (size > extras_map::most)
    return caf::sec::invalid_argument;
  x.clear();
  while (size-- > 0) {
    std::string key;
    std::string value;
    if (auto err = f(key, value))
      return err;
    x.emplace(std::move(key), std::move(value));
  }
  return f.end_sequence();
}

caf::error inspect(caf::serializer& f, numbers_on_wire& x) {
  auto size = x.all.size();
  if (auto err = f.begin_sequence(size))
    return err;
  piece part;
  for (std::span left{x.all}; !left.empty();) {
    auto n = std::min(left.size(), part.size());
    std::ranges::transform(left.first(n), part.begin(),
                           [](auto y) { return htonl(y); });
    if (auto err = f.apply_raw(n * sizeof(std::uint32_t), part.data()))
      return err;
    left = left.subspan(n);
  }
  return f.end_sequence();
}

caf::error inspect(caf::deserializer& f, numbers_on_wire& x) {
  std::size_t size = 0;
  if (auto err = f.begin_sequence(size))
    return err;
  x.all.clear();
  x.all.reserve(std::min(size, most_believed));
  piece part;
  while (x.all.size() < size) {
    auto n = std::min(size - x.all.size(), part.size());
    if (auto err = f.apply_raw(n * sizeof(std::uint32_t), part.data()))
      return err;
    auto at = x.all.size();
    x.all.resize(at + n);
    std::ranges::transform(std::span{part}.first(n), &x.all[at],
                           [](auto y) { return ntohl(y); });
  }
  return f.end_sequence();
}

bool must_understand(const extras_map& x) {
  return std::ranges::any_of(
    x, [](const auto& kvp) { return kvp.first.starts_with('!'); });
}

bool operator==(const block& x, const block& y) {
  auto same_bytes
    = x.bytes == y.bytes || (x.bytes && y.bytes && *x.bytes == *y.bytes);
  return same_bytes && x.stream == y.stream && x.first == y.first
         && x.table == y.table && x.extras == y.extras;
}

std::string to_string(const block& x) {
  return "block(" + to_string(x.stream) + ", " + std::to_string(x.first) + ", "
         + std::to_string(x.rows()) + " rows, " + to_string(x.table) + ")";
}

std::size_t cost(const block& x) noexcept {
  auto result = block_overhead + x.table.project.size() + x.table.dataset.size()
                + x.table.table.size() + x.table.suffix.size();
  for (auto& [key, value] : x.extras)
    result += 64 + key.size() + value.size();
  if (x.bytes)
    result += x.bytes->json.capacity() + x.bytes->ids.capacity()
              + (x.bytes->ends.capacity() + x.bytes->id_ends.capacity())
                  * sizeof(std::uint32_t);
  return result;
}

std::string check_frame(const block& x) {
  if (!x.bytes || x.bytes->ends.empty())
    return "a block has at least one row";
  auto& b = *x.bytes;
  if (!is_cut_of(b.ends, b.json.size()))
    return "the ends of the rows do not ascend to the end of the buffer";
  if (b.id_ends.empty() ? !b.ids.empty()
                        : b.id_ends.size() != b.ends.size()
                            || !is_cut_of(b.id_ends, b.ids.size()))
    return "the ends of the insert ids do not match the rows";
  if (x.first > UINT64_MAX - b.ends.size())
    return "the row numbers of a stream end at 2^64";
  if (auto wrong = check(x.table); !wrong.empty())
    return wrong;
  if (must_understand(x.extras))
    return "an extra that must be understood is unknown here";
  return {};
}

} // namespace bqs
