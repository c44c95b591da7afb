#include "app/row_file.hpp"

namespace bqs::app {

row_file::row_file(const std::string& path, const format_options& format,
                   const input_position& start, unended_line last,
                   std::uint64_t until)
  : file_(path), rows_(make_row_reader(path, format, start)), last_(last),
    until_(until) {
  // nop
}

input_file::result row_file::read(std::chrono::milliseconds most,
                                  const row_reader::consumer& consume) {
  using result = input_file::result;
  auto got = file_.read(piece_, most);
  if (got == result::end)
    return finish(consume);
  if (got == result::error)
    error_ = file_.error();
  if (got != result::data)
    return got;
  bytes_ += piece_.size();
  auto over = false;
  auto within = [&](const input_row& x) {
    over = x.offset >= until_ && !unpack_.packed();
    return !over && consume(x);
  };
  unpack_.feed(
    piece_, [&](std::string_view text) { return rows_->feed(text, within); });
  if (!is_sound())
    return result::error;
  skip();
  return over ? result::end : got;
}

/// Leaves out what an earlier run has done, where that is known by its bytes.
void row_file::skip() {
  if (rows_->surplus() == 0 || unpack_.packed())
    return;
  auto skipped = file_.skip(rows_->surplus());
  rows_->skip(skipped);
  bytes_ += skipped;
}

input_file::result row_file::finish(const row_reader::consumer& consume) {
  auto cut = [&](std::string_view text) { return rows_->feed(text, consume); };
  if (unpack_.finish(cut) && last_ == unended_line::taken)
    rows_->finish(consume);
  if (!is_sound())
    return input_file::result::error;
  if (rows_->surplus() == 0)
    return input_file::result::end;
  error_ = "is shorter than what was read of it before";
  return input_file::result::error;
}

bool row_file::is_sound() {
  error_ = !rows_->error().empty() ? rows_->error() : unpack_.error();
  return error_.empty();
}

} // namespace bqs::app
