#pragma once

#include <string>
#include <vector>

#include "app/color.hpp"
#include "app/paper.hpp"

namespace bqs::app {

/// A text in a column; whatever it holds, one line of a page.
struct cell {
  std::string text;
  tone look = tone::plain;
};

enum class lean { left, right };

struct column {
  std::string heading;
  lean side = lean::left;
  /// May be narrowed down to this where there is not room for all; 0: never.
  std::size_t least = 0;
};

/// Lines of cells as aligned columns:
///
///     columns books{{{"TABLE"}, {"STORED", lean::right}}};
///     books.widen(lines);
///     std::cout << books.heading({}) << books.text(lines, {});
///
/// Lines end with `\n`, never with blanks, and are never wider than the paper.
/// Where there is not room for all, columns that may be narrowed are, from the
/// right; if that is not enough, the last ones are left out: half a number
/// would be another one.
class columns {
public:
  explicit columns(std::vector<column> all);

  /// Makes columns wide enough for these lines, and never narrower again, so
  /// that lines that come later stand below those that are printed.
  void widen(const std::vector<std::vector<cell>>& lines);

  std::string heading(const paper& on) const;

  std::string text(const std::vector<std::vector<cell>>& lines,
                   const paper& on) const;

private:
  /// Of those columns that are shown.
  std::vector<std::size_t> widths_on(const paper& on) const;
  std::string line(const std::vector<cell>& cells,
                   const std::vector<std::size_t>& widths,
                   const paper& on) const;

  std::vector<column> all_;
  std::vector<std::size_t> widths_;
};

/// One line of text, cut to the paper's width.
std::string single_line(const cell& x, const paper& on);

} // namespace bqs::app
