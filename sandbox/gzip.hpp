#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace bqs::sandbox {

/// Whether the service would compress an answer: it wants `gzip` in both
/// headers.
bool wants_gzip(std::string_view accept_encoding, std::string_view user_agent);

/// Returns `x` as a gzip file. None if there is no memory for it.
std::optional<std::string> gzip(std::string_view x);

/// Reads a gzip file, of one member or several, part by part.
class inflater {
public:
  using sink = std::function<bool(const char*, std::size_t)>;

  /// @throws std::bad_alloc
  inflater();
  ~inflater();
  inflater(const inflater&) = delete;
  inflater& operator=(const inflater&) = delete;

  /// Gives `out` what the next part becomes. False if it is no gzip, or if
  /// `out` says so.
  bool feed(std::string_view part, const sink& out);

  /// Whether the file may end here: right behind the checksum of a member.
  bool whole() const {
    return whole_;
  }

private:
  struct state;
  std::unique_ptr<state> state_;
  bool whole_ = false;
};

} // namespace bqs::sandbox
