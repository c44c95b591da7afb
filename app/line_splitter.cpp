#include "app/line_splitter.hpp"

namespace bqs::app {

line_splitter::line_splitter(std::size_t longest, const input_position& start)
  : row_reader(start), longest_(longest) {
  surplus_ = start.offset;
}

bool line_splitter::feed(std::string_view piece, const consumer& consume) {
  piece = without_surplus(piece);
  while (true) {
    auto end = piece.find('\n');
    if (end == std::string_view::npos) {
      bytes_ += piece.size();
      keep(piece);
      return true;
    }
    bytes_ += end + 1;
    auto line = piece.substr(0, end);
    piece.remove_prefix(end + 1);
    if (!kept_.empty() || dropped_) {
      keep(line);
      line = kept_;
    }
    if (!emit(line, consume))
      return false;
  }
}

bool line_splitter::finish(const consumer& consume) {
  return bytes_ == 0 || emit(kept_, consume);
}

bool line_splitter::emit(std::string_view text, const consumer& consume) {
  input_row row{position_.lines + 1, position_.offset, {}, {}, {}};
  auto go_on = true;
  if (dropped_ || text.size() > longest_) {
    row.reason = "too_large";
    row.message = "the line is longer than 10 MiB and was not sent";
    go_on = consume(row);
  } else {
    if (row.offset == 0 && text.starts_with(byte_order_mark))
      text.remove_prefix(byte_order_mark.size());
    if (text.ends_with('\r'))
      text.remove_suffix(1);
    row.json = text;
    if (text.find_first_not_of(" \t\r") != std::string_view::npos)
      go_on = consume(row);
  }
  position_ = {position_.offset + bytes_, position_.lines + 1};
  bytes_ = 0;
  kept_.clear();
  dropped_ = false;
  return go_on;
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
