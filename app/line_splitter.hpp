#pragma once

#include "app/row_reader.hpp"

namespace bqs::app {

/// Takes each line for a row, without looking into it. Blank lines are counted
/// and left out.
class line_splitter final : public row_reader {
public:
  explicit line_splitter(std::size_t longest, const input_position& start = {});

  bool feed(std::string_view piece, const consumer& consume) override;

  bool finish(const consumer& consume) override;

private:
  bool emit(std::string_view text, const consumer& consume);
  void keep(std::string_view text);

  std::size_t longest_;
  std::string kept_;
  /// The line under way outgrew the limit.
  bool dropped_ = false;
};

} // namespace bqs::app
