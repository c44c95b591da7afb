#include "app/csv_reader.hpp"

#include <set>

#include "app/json_literal.hpp"
#include "http/utf8.hpp"

namespace bqs::app {

namespace {

/// As many as a table of BigQuery can have. Bounds the memory that a header
/// without names takes.
constexpr std::size_t most_columns = 10'000;

} // namespace

csv_reader::csv_reader(const csv_options& options, const input_position& start)
  : row_reader(start), options_(options), start_(start) {
  // nop
}

bool csv_reader::feed(std::string_view piece, const consumer& consume) {
  if (!error_.empty())
    return false;
  piece = without_mark(without_surplus(piece));
  while (!piece.empty()) {
    auto used = scan(piece);
    bytes_ += used;
    piece.remove_prefix(used);
    if (ended_ && !emit(consume))
      return false;
    piece = without_surplus(piece);
  }
  return true;
}

bool csv_reader::finish(const consumer& consume) {
  if (!error_.empty())
    return false;
  if (bytes_ == 0)
    return true;
  if (state_ == state::quoted)
    spoil("a quote is not closed");
  ++lines_;
  end_record();
  return emit(consume);
}

// -- bytes --------------------------------------------------------------------

std::string_view csv_reader::without_mark(std::string_view piece) {
  while (mark_ < byte_order_mark.size() && !piece.empty()) {
    if (piece.front() != byte_order_mark[mark_]) {
      // No mark: what looked like one belongs to the first name.
      if (mark_ > 0) {
        keep(byte_order_mark.substr(0, mark_));
        state_ = state::bare;
      }
      mark_ = byte_order_mark.size();
      break;
    }
    ++mark_;
    ++bytes_;
    piece.remove_prefix(1);
  }
  return piece;
}

/// Takes the record up to its end, or all of `piece`.
std::size_t csv_reader::scan(std::string_view piece) {
  std::size_t used = 0;
  while (used < piece.size() && !ended_)
    used += take_run(piece.substr(used));
  return used;
}

std::size_t csv_reader::take_run(std::string_view piece) {
  switch (state_) {
    case state::begin:
      if (piece.front() == '"') {
        state_ = state::quoted;
        quoted_ = true;
        return 1;
      }
      state_ = state::bare;
      return take_bare(piece);
    case state::bare:
      return take_bare(piece);
    case state::quoted:
      return take_quoted(piece);
    case state::quote:
    case state::carriage:
      take_behind_quote(piece.front());
      return 1;
    case state::bad:
      break;
  }
  auto end = piece.find('\n');
  if (end == std::string_view::npos)
    return piece.size();
  ++lines_;
  ended_ = true;
  return end + 1;
}

std::size_t csv_reader::take_bare(std::string_view piece) {
  std::size_t n = 0;
  while (n < piece.size() && piece[n] != options_.delimiter && piece[n] != '\n'
         && piece[n] != '"')
    ++n;
  keep(piece.substr(0, n));
  if (n == piece.size())
    return n;
  if (piece[n] == '"') {
    spoil("there is a quote in a cell that does not begin with one");
  } else if (piece[n] == '\n') {
    ++lines_;
    end_record();
  } else {
    end_cell();
  }
  return n + 1;
}

std::size_t csv_reader::take_quoted(std::string_view piece) {
  auto n = std::min(piece.find('"'), piece.size());
  auto text = piece.substr(0, n);
  lines_
    += static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n'));
  keep(text);
  if (n == piece.size())
    return n;
  state_ = state::quote;
  return n + 1;
}

void csv_reader::take_behind_quote(char c) {
  if (c == '\n') {
    ++lines_;
    end_record();
  } else if (state_ == state::quote && c == '"') {
    keep("\"");
    state_ = state::quoted;
  } else if (state_ == state::quote && c == options_.delimiter) {
    end_cell();
  } else if (state_ == state::quote && c == '\r') {
    state_ = state::carriage;
  } else {
    spoil("there is text behind the quote that ends a cell");
  }
}

void csv_reader::keep(std::string_view text) {
  if (!dropped_ && text_.size() + text.size() <= options_.longest) {
    text_.append(text);
    return;
  }
  dropped_ = true;
  std::string{}.swap(text_);
  cells_.clear();
}

void csv_reader::end_cell() {
  ++cell_count_;
  // Those beyond the header only count.
  if (!dropped_ && (keys_.empty() || cell_count_ <= keys_.size()))
    cells_.push_back({text_.size(), quoted_});
  quoted_ = false;
  state_ = state::begin;
  if (keys_.empty() && cell_count_ > most_columns) {
    spoil("it has more than 10,000 columns");
    ended_ = true; // its line may have no end
  }
}

void csv_reader::end_record() {
  ended_ = true;
  // An empty cell has none to give: it would be the one of the cell before.
  auto begin = cells_.empty() ? 0 : cells_.back().end;
  if (state_ == state::bare && text_.size() > begin && text_.ends_with('\r'))
    text_.pop_back();
  if (state_ != state::bad)
    end_cell();
}

void csv_reader::spoil(const char* why) {
  spoiled_ = why;
  state_ = state::bad;
}

bool csv_reader::is_blank() const noexcept {
  return cell_count_ == 1 && text_.empty() && spoiled_.empty() && !dropped_
         && !cells_[0].quoted;
}

// -- records ------------------------------------------------------------------

bool csv_reader::emit(const consumer& consume) {
  auto go_on = true;
  if (keys_.empty()) {
    go_on = read_header();
    if (go_on)
      position_ = {bytes_, lines_};
    if (go_on && start_.offset > bytes_) {
      position_ = start_;
      surplus_ = start_.offset - bytes_;
    }
  } else {
    go_on = is_blank() || emit_record(consume);
    position_.offset += bytes_;
    position_.lines += lines_;
  }
  state_ = state::begin;
  ended_ = false;
  bytes_ = 0;
  lines_ = 0;
  text_.clear();
  cells_.clear();
  cell_count_ = 0;
  quoted_ = false;
  dropped_ = false;
  spoiled_.clear();
  return go_on;
}

bool csv_reader::emit_record(const consumer& consume) {
  input_row row{position_.lines + 1, position_.offset, {}, {}, {}};
  if (spoiled_.empty() && cell_count_ != keys_.size())
    spoiled_ = "the record has " + std::to_string(cell_count_)
               + " cells, the header " + std::to_string(keys_.size());
  if (dropped_) {
    row.reason = "too_large";
    spoiled_ = "the record is longer than 10 MiB and was not sent";
  } else if (!spoiled_.empty()) {
    row.reason = "malformed";
  }
  if (!spoiled_.empty()) {
    // A quote too many takes lines along that may be rows by themselves.
    if (lines_ > 1)
      spoiled_
        += "; it goes up to line " + std::to_string(position_.lines + lines_);
    row.message = spoiled_;
  } else {
    write_json();
    row.json = json_;
  }
  return consume(row);
}

bool csv_reader::read_header() {
  std::set<std::string_view> known;
  std::size_t begin = 0;
  auto refuse = [this](const std::string& why) {
    keys_.clear();
    error_ = "its header cannot be used: " + why;
    return false;
  };
  if (dropped_)
    return refuse("it is too long");
  if (!spoiled_.empty())
    return refuse(spoiled_);
  for (auto& x : cells_) {
    auto name = std::string_view{text_}.substr(begin, x.end - begin);
    auto column = "column " + std::to_string(keys_.size() + 1);
    begin = x.end;
    if (name.empty())
      return refuse(column + " has no name");
    if (!http::is_utf8(name))
      return refuse(column + " is not UTF-8");
    if (!known.insert(name).second)
      return refuse("it names " + std::string{name} + " twice");
    auto& key = keys_.emplace_back();
    append_json_string(key, name);
    key += ':';
  }
  return true;
}

void csv_reader::write_json() {
  json_ = "{";
  std::size_t begin = 0;
  for (std::size_t i = 0; i < cells_.size(); ++i) {
    auto text = std::string_view{text_}.substr(begin, cells_[i].end - begin);
    begin = cells_[i].end;
    if (text.empty() && !cells_[i].quoted)
      continue;
    if (json_.size() > 1)
      json_ += ',';
    json_ += keys_[i];
    if (options_.infer && is_plain_literal(text))
      json_ += text;
    else
      append_json_string(json_, text);
  }
  json_ += '}';
}

} // namespace bqs::app
