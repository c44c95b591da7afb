#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace bqs::app {

/// Unpacks an input that comes in pieces if it begins as gzip does; otherwise
/// passes it on as it is. Members may follow one another, zeros the last.
class gzip_reader {
public:
  /// Takes a piece; returns whether to go on.
  using consumer = std::function<bool(std::string_view)>;

  gzip_reader();
  ~gzip_reader();
  gzip_reader(const gzip_reader&) = delete;
  gzip_reader& operator=(const gzip_reader&) = delete;

  /// Passes on what `piece` unpacks to, also what stands before an error.
  /// Returns false if the consumer did, or on an error.
  bool feed(std::string_view piece, const consumer& consume);

  /// Says that nothing more comes. Returns false if the consumer did, or if
  /// something is missing.
  bool finish(const consumer& consume);

  /// Whether the input is gzip; false while that is not known.
  bool packed() const noexcept;

  /// What is wrong with the input; empty if nothing is.
  const std::string& error() const noexcept;

private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

} // namespace bqs::app
