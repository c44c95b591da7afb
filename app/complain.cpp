#include <iostream>

#include "app/commands.hpp"
#include "http/printable.hpp"

namespace bqs::app {

int complain(const std::string& line, int code) {
  std::cerr << "bqstreamer: " << http::printable(line) << std::endl;
  return code;
}

} // namespace bqs::app
