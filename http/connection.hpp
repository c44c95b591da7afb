#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "http/answer.hpp"
#include "http/endpoint.hpp"
#include "http/request_head.hpp"
#include "http/transport_options.hpp"

namespace bqs::http {

/// Bounds of one exchange; those of its steps are `transport_options`.
struct exchange_limits {
  /// From the call to the last byte of the answer, connecting included.
  std::chrono::milliseconds total{60'000};
  /// Of the answer's body, decompressed.
  std::size_t answer_bytes = 16u << 20;
};

/// One keep-alive connection to one host. Connects on first use and again
/// whenever the old connection cannot be trusted any more: after anything but
/// a whole, well-framed answer with nothing behind it, and when anything at
/// all arrived while it was idle. Never repeats a request, follows no
/// redirect. One thread at a time, but for `cancel`.
///
///     connection api{endpoint{}};
///     auto x = api.post("/bigquery/v2/…/insertAll",
///                       {{"Authorization", "Bearer " + token},
///                        {"Content-Type", "application/json"}},
///                       body, exchange_limits{});
///     auto what = classify(x, facts);
class connection {
public:
  using headers = std::vector<header_block::field>;

  /// Does not connect yet, and reads the files of `how.tls` only when it does.
  /// Connections with equal ones share what they read.
  /// @throws std::system_error if the process is out of descriptors.
  explicit connection(const endpoint& where, const transport_options& how = {});
  ~connection();
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;

  /// Sends `body` to `path`; waits for the answer within `limits`. The body is
  /// not copied; without TLS it leaves together with the head in one system
  /// call, up to two MiB and as far as the kernel takes it. `Host` and
  /// `Content-Length` are added, and not the caller's to set; `path` and the
  /// fields go out as they are. A line break or control character in one of
  /// them makes the answer `not_sent`. Never throws, raises no SIGPIPE.
  answer post(const std::string& path, const header_block& fields,
              std::string_view body, const exchange_limits& limits);

  /// Asks for `path`; otherwise the same.
  answer get(const std::string& path, const header_block& fields,
             const exchange_limits& limits);

  /// Any other method, with a body or without; otherwise the same. A body to a
  /// GET makes the answer `not_sent`.
  answer request(const std::string& method, const std::string& path,
                 const header_block& fields, std::string_view body,
                 const exchange_limits& limits);

  /// Ends the exchange under way and all later ones. From any thread.
  void cancel() noexcept;

private:
  class impl;
  std::unique_ptr<impl> impl_;
};

} // namespace bqs::http
