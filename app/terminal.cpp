#include "app/terminal.hpp"

#include <cstdlib>
#include <iostream>
#include <string_view>

#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "app/display_text.hpp"

namespace bqs::app {

namespace {

constexpr std::chrono::milliseconds between{100};
constexpr auto erase = "\r\033[K";

/// Of a terminal that does not know its size.
constexpr paper usual{80, 24, false};

paper terminal_size(int fd) {
  winsize size{};
  if (ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0)
    return usual;
  return {size.ws_col, size.ws_row, false};
}

} // namespace

bool output_is_terminal() {
  auto kind = std::getenv("TERM");
  return isatty(STDOUT_FILENO) == 1
         && (kind == nullptr || std::string_view{kind} != "dumb");
}

paper output_paper(color_choice wanted) {
  auto terminal = output_is_terminal();
  auto result = terminal ? terminal_size(STDOUT_FILENO) : paper{};
  result.color = wants_color(wanted, terminal, std::getenv("NO_COLOR"));
  return result;
}

bool reader_gone() {
  pollfd output{STDOUT_FILENO, 0, 0};
  return poll(&output, 1, 0) == 1 && (output.revents & POLLERR) != 0;
}

void redrawn_page::show(const std::string& text) {
  // What was on the screen before goes up, and is still to be found there.
  if (!shown_)
    std::cout << std::string(terminal_size(STDOUT_FILENO).height, '\n');
  shown_ = true;
  std::string all = "\033[H";
  auto fresh = true;
  for (auto c : text) {
    // Before the line, for the end of a full one is not certain to be seen as
    // the end.
    if (fresh)
      all += "\033[K";
    fresh = c == '\n';
    all += c;
  }
  std::cout << all << "\033[J" << std::flush;
}

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
  // A line that is wider than the terminal could not be written over.
  std::cerr << erase << cut(text, terminal_size(STDERR_FILENO).width - 1)
            << std::flush;
  shown_ = true;
  next_ = std::chrono::steady_clock::now() + between;
}

void status_line::clear() {
  if (shown_)
    std::cerr << erase << std::flush;
  shown_ = false;
}

} // namespace bqs::app
