#include "bqstreamer/block.hpp"

#include <algorithm>

namespace bqs {

namespace {

/// Whether `ends` ascends, or stays, and stops exactly at `size`.
bool is_cut_of(const std::vector<std::uint32_t>& ends, std::size_t size) {
  return std::ranges::is_sorted(ends) && !ends.empty() && ends.back() == size;
}

} // namespace

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
