#pragma once

#include <array>
#include <cstdint>
#include <string>

#include <caf/meta/type_name.hpp>

namespace bqs {

/// Where rows come from: 16 random bytes, made once by each sender. Its rows
/// are numbered 0, 1, 2, … over all tables.
struct stream_id {
  std::array<std::uint8_t, 16> bytes{};

  friend bool operator==(const stream_id&, const stream_id&) = default;
  friend auto operator<=>(const stream_id&, const stream_id&) = default;

  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, stream_id& x) {
    return f(caf::meta::type_name("bqs::stream_id"), x.bytes);
  }
};

/// Returns a fresh id from the system's random source.
stream_id make_stream_id();

/// Returns the 22 characters of base64url that stand for `x` in insert ids.
std::string to_string(const stream_id& x);

} // namespace bqs
