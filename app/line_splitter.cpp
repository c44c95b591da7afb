#include "app/line_splitter.hpp"

namespace bqs::app {

namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

} // namespace

bool line_splitter::feed(std::string_view piece, const consumer& consume) {
  while (true) {
    auto end = piece.find('\n');
    if (end == std::string_view::npos) {
      keep(piece);
      return true;
    }
    auto line = piece.substr(0, end);
    piece.remove_prefix(end + 1);
    if (!kept_.empty() || dropped_) {
      keep(line);
      line = kept_;
    }
    auto go_on = emit(line, consume);
    kept_.clear();
    dropped_ = false;
    if (!go_on)
      return false;
  }
}

bool line_splitter::finish(const consumer& consume) {
  if (kept_.empty() && !dropped_)
    return true;
  return emit(kept_, consume);
}

bool line_splitter::emit(std::string_view text, const consumer& consume) {
  ++number_;
  if (dropped_ || text.size() > longest_)
    return consume({number_, {}, true});
  if (number_ == 1 && text.starts_with(byte_order_mark))
    text.remove_prefix(byte_order_mark.size());
  if (text.ends_with('\r'))
    text.remove_suffix(1);
  if (text.find_first_not_of(" \t\r") == std::string_view::npos)
    return true;
  return consume({number_, text, false});
}

void line_splitter::keep(std::string_view text) {
  if (!dropped_ && kept_.size() + text.size() <= longest_) {
    kept_.append(text);
    return;
  }
  dropped_ = true;
  std::string{}.swap(kept_);
}

} // namespace bqs::app
