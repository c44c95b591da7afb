#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

namespace bqs::http {

/// Packs bodies with gzip, by ISA-L's igzip: several times as fast as zlib at
/// its fastest, and no larger. Keeps its buffers from body to
/// body, and gives back one that is four times too large. One thread
/// at a time.
class compressor {
public:
  compressor();
  ~compressor();
  compressor(compressor&&) noexcept;
  compressor& operator=(compressor&&) noexcept;

  /// Returns `text` as gzip; valid until the next call. Empty if that failed,
  /// or would be no shorter: then it is to be sent as it is.
  std::string_view gzip(std::string_view text);

private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

} // namespace bqs::http
