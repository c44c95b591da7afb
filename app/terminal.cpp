#include "app/terminal.hpp"

#include <iostream>

#include <unistd.h>

namespace bqs::app {

namespace {

constexpr std::chrono::milliseconds between{100};
constexpr auto erase = "\r\033[K";

} // namespace

status_line::status_line() : terminal_(isatty(STDERR_FILENO) == 1) {
  // nop
}

status_line::~status_line() {
  clear();
}

bool status_line::due() const {
  return terminal_ && std::chrono::steady_clock::now() >= next_;
}

void status_line::show(const std::string& text) {
  if (!due())
    return;
  std::cerr << erase << text << std::flush;
  shown_ = true;
  next_ = std::chrono::steady_clock::now() + between;
}

void status_line::clear() {
  if (shown_)
    std::cerr << erase << std::flush;
  shown_ = false;
}

} // namespace bqs::app
