#include "actors/ledger.hpp"

namespace bqs {

void ledger::accept(const std::string& table, std::uint64_t rows) {
  auto& x = tables_[table];
  x.accepted += rows;
  x.held += rows;
}

void ledger::store(const std::string& table, std::uint64_t rows,
                   std::uint64_t possibly_duplicated) {
  auto& x = tables_[table];
  x.stored += rows;
  x.held -= rows;
  x.possibly_duplicated += possibly_duplicated;
}

void ledger::fail(const std::string& table, std::uint64_t rows) {
  auto& x = tables_[table];
  x.failed += rows;
  x.held -= rows;
}

table_ledger ledger::total() const noexcept {
  table_ledger result;
  for (auto& [name, x] : tables_)
    result += x;
  return result;
}

} // namespace bqs
