#include "tests/live/bill.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <stdexcept>

namespace bqs::live {

namespace {

constexpr double MiB = 1u << 20;
constexpr double TiB = MiB * MiB;

} // namespace

void bill::add_row(std::size_t bytes_of_it) {
  ++rows;
  bytes += std::max<std::size_t>(bytes_of_it, 1024);
}

void bill::add_rows(std::string_view text) {
  while (!text.empty()) {
    auto end = std::min(text.find('\n'), text.size());
    add_row(end);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

bool bill::within(const bill& most) const {
  return rows <= most.rows && bytes <= most.bytes && tables <= most.tables
         && queries <= most.queries;
}

void bill::charge(const bill& more, const bill& most) {
  bill sum{rows + more.rows, bytes + more.bytes, tables + more.tables,
           queries + more.queries};
  if (!sum.within(most))
    throw std::runtime_error{"that would be more than was announced, "
                             + most.text()};
  *this = sum;
}

double bill::dollars() const {
  constexpr auto for_streaming = 0.01 / (200 * MiB);
  constexpr auto for_queries = 6.25 / TiB;
  constexpr auto of_a_query = 10 * MiB; // charged at least
  return static_cast<double>(bytes) * for_streaming
         + static_cast<double>(queries) * of_a_query * for_queries;
}

std::string bill::text() const {
  std::array<char, 256> line{};
  std::snprintf(line.data(), line.size(),
                "%llu rows, charged as %.1f MiB, to %llu tables, and %llu "
                "queries: %.4f USD",
                static_cast<unsigned long long>(rows),
                static_cast<double>(bytes) / MiB,
                static_cast<unsigned long long>(tables),
                static_cast<unsigned long long>(queries), dollars());
  return line.data();
}

} // namespace bqs::live
