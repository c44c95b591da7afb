#include "app/columns.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "app/display_text.hpp"
#include "http/printable.hpp"

namespace bqs::app {

namespace {

/// Between two columns.
constexpr std::size_t gap = 2;

std::size_t limit_of(const paper& on) {
  return on.width > 0 ? on.width : std::numeric_limits<std::size_t>::max();
}

std::string painted(const std::string& text, tone look, const paper& on) {
  return on.color ? paint(text, look) : text;
}

} // namespace

columns::columns(std::vector<column> all) : all_(std::move(all)) {
  for (auto& x : all_)
    widths_.push_back(display_width(x.heading));
}

void columns::widen(const std::vector<std::vector<cell>>& lines) {
  for (auto& line : lines)
    for (std::size_t i = 0; i < line.size(); ++i)
      widths_[i]
        = std::max(widths_[i], display_width(http::printable(line[i].text)));
}

std::string columns::heading(const paper& on) const {
  std::vector<cell> cells;
  for (auto& x : all_)
    cells.push_back({x.heading, tone::heading});
  return line(cells, widths_on(on), on);
}

std::string columns::text(const std::vector<std::vector<cell>>& lines,
                          const paper& on) const {
  auto widths = widths_on(on);
  std::string result;
  for (auto& x : lines)
    result += line(x, widths, on);
  return result;
}

std::vector<std::size_t> columns::widths_on(const paper& on) const {
  auto most = limit_of(on);
  std::vector<std::size_t> result;
  std::size_t least = 0;
  std::size_t wanted = 0;
  for (std::size_t i = 0; i < all_.size(); ++i) {
    auto before = i > 0 ? gap : 0;
    auto narrow
      = all_[i].least > 0 ? std::min(all_[i].least, widths_[i]) : widths_[i];
    least += before + narrow;
    if (least > most && i > 0)
      break;
    wanted += before + widths_[i];
    result.push_back(widths_[i]);
  }
  for (auto i = result.size(); i-- > 0 && wanted > most;)
    if (auto bound = all_[i].least; bound > 0 && result[i] > bound) {
      auto less = std::min(wanted - most, result[i] - bound);
      result[i] -= less;
      wanted -= less;
    }
  return result;
}

std::string columns::line(const std::vector<cell>& cells,
                          const std::vector<std::size_t>& widths,
                          const paper& on) const {
  std::string result;
  // Blanks are owed until something follows them.
  std::size_t blanks = 0;
  for (std::size_t i = 0; i < std::min(cells.size(), widths.size()); ++i) {
    // Of a first column that is wider than the paper, there is the beginning.
    auto room = std::min(widths[i], limit_of(on));
    auto text = cut(http::printable(cells[i].text), room);
    auto rest = room - display_width(text);
    auto right = all_[i].side == lean::right;
    if (!text.empty()) {
      result.append(blanks + (right ? rest : 0), ' ');
      result += painted(text, cells[i].look, on);
      blanks = right ? 0 : rest;
    } else {
      blanks += room;
    }
    blanks += gap;
  }
  return result + "\n";
}

std::string single_line(const cell& x, const paper& on) {
  return painted(cut(http::printable(x.text), limit_of(on)), x.look, on) + "\n";
}

} // namespace bqs::app
