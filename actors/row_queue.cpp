#include "actors/row_queue.hpp"

#include <utility>

#include "http/body.hpp"

namespace bqs {

namespace {

/// Most bytes of an insert id derived from stream and number: 22 characters,
/// a dash and 20 digits.
constexpr std::size_t derived_id = 43;

} // namespace

std::size_t body_bytes(const slice& x) noexcept {
  auto& bytes = *x.source->rows.bytes;
  return bytes.json_bytes(x.rows.from, x.rows.to)
         + 2 * bytes.id_bytes(x.rows.from, x.rows.to)
         + x.size() * (http::row_framing + derived_id);
}

std::size_t body_bytes(const batch& x) noexcept {
  auto result = http::body_framing;
  for (auto& y : x.slices)
    result += body_bytes(y);
  return result;
}

void row_queue::push_back(slice x) {
  rows_ += x.size();
  bytes_ += body_bytes(x);
  slices_.push_back(std::move(x));
}

void row_queue::push_front(std::vector<slice> xs) {
  for (auto i = xs.rbegin(); i != xs.rend(); ++i) {
    rows_ += i->size();
    bytes_ += body_bytes(*i);
    slices_.push_front(std::move(*i));
  }
}

slice row_queue::take_front(std::uint32_t rows) {
  auto& front = slices_.front();
  bytes_ -= body_bytes(front);
  auto result = front;
  if (rows < front.size()) {
    result.rows.to = result.rows.from + rows;
    front.rows.from = result.rows.to;
    bytes_ += body_bytes(front);
  } else {
    slices_.pop_front();
  }
  rows_ -= result.size();
  return result;
}

std::uint32_t row_queue::fitting(std::size_t bytes) const noexcept {
  auto& x = slices_.front();
  if (body_bytes(x) <= bytes)
    return x.size();
  std::uint32_t low = 0; // fits
  auto high = x.size();  // does not
  while (high - low > 1) {
    auto middle = low + (high - low) / 2;
    auto part = x;
    part.rows.to = part.rows.from + middle;
    (body_bytes(part) <= bytes ? low : high) = middle;
  }
  return low;
}

void row_queue::clear() {
  slices_.clear();
  rows_ = 0;
  bytes_ = 0;
}

} // namespace bqs
