#pragma once

#include <vector>

#include "app/row_reader.hpp"

namespace bqs::app {

struct csv_options {
  char delimiter = ',';
  /// Numbers and booleans instead of their texts.
  bool infer = false;
  /// Most bytes of a record.
  std::size_t longest = 10u << 20;
};

/// Reads CSV as RFC 4180 has it, with a header whose names become the keys of
/// one JSON object for each record. An empty cell is left out (NULL), an empty
/// one in quotes is an empty text. Blank lines are left out. A record that is
/// bad fails alone; the next one begins behind the next end of a line.
class csv_reader final : public row_reader {
public:
  /// @param start the end of a record of the same input; its header is read
  ///              all the same
  explicit csv_reader(const csv_options& options,
                      const input_position& start = {});

  bool feed(std::string_view piece, const consumer& consume) override;

  bool finish(const consumer& consume) override;

private:
  enum class state : std::uint8_t {
    /// A cell begins.
    begin,
    /// Inside a cell without quotes.
    bare,
    /// Inside quotes.
    quoted,
    /// Behind a quote inside quotes: their end, or the first half of a quote.
    quote,
    /// Behind the quotes and a carriage return.
    carriage,
    /// The record is bad: its line is passed over.
    bad,
  };

  struct cell {
    /// Where its text ends in `text_`.
    std::size_t end;
    bool quoted;
  };

  std::string_view without_mark(std::string_view piece);
  std::size_t scan(std::string_view piece);
  std::size_t take_run(std::string_view piece);
  std::size_t take_bare(std::string_view piece);
  std::size_t take_quoted(std::string_view piece);
  void take_behind_quote(char c);
  void keep(std::string_view text);
  void end_cell();
  void end_record();
  void spoil(const char* why);
  bool is_blank() const noexcept;
  bool emit(const consumer& consume);
  bool emit_record(const consumer& consume);
  bool read_header();
  void write_json();

  csv_options options_;
  input_position start_;
  /// `"name":` of each column; empty until the header was read.
  std::vector<std::string> keys_;
  /// Bytes of the mark at the very beginning that were seen.
  std::size_t mark_ = 0;

  // The record under way.
  state state_ = state::begin;
  bool ended_ = false;
  std::uint64_t lines_ = 0;
  std::string text_;
  std::vector<cell> cells_;
  std::size_t cell_count_ = 0;
  bool quoted_ = false;
  bool dropped_ = false;
  /// What is wrong with it.
  std::string spoiled_;

  std::string json_;
};

} // namespace bqs::app
