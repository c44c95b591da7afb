#include "bqstreamer/options.hpp"

namespace bqs {

const table_options& node_options::of(const std::string& dataset,
                                      const std::string& table) const {
  // A decorator chooses a partition, not another table.
  auto i = tables.find(dataset + "." + table.substr(0, table.find('$')));
  return i == tables.end() ? defaults : i->second;
}

} // namespace bqs
