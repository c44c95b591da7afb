#include <iostream>

#include "app/commands.hpp"

namespace bqs::app {

int complain(const std::string& line, int code) {
  std::cerr << "bqstreamer: " << line << std::endl;
  return code;
}

} // namespace bqs::app
