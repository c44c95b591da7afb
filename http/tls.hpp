#pragma once

#include <memory>
#include <string>
#include <variant>

#include "http/openssl_ptr.hpp"
#include "http/tls_options.hpp"
#include "http/waiter.hpp"

namespace bqs::http {

/// What all connections with the same options share: the trusted roots, the
/// least version, the modes. An idle connection so costs an SSL object without
/// buffers instead of a set of roots of its own.
class tls_context {
public:
  using pointer = std::shared_ptr<const tls_context>;

  /// Returns the context that lives already, or a new one, or one line that
  /// says why there is none. From any thread.
  static std::variant<pointer, std::string> open(const tls_options& options);

  explicit tls_context(ssl_ctx_ptr context) noexcept;

  /// Makes a connected non-blocking socket one that is secured and known to
  /// end at `host`; one line that says why not otherwise. Writing to it raises
  /// no SIGPIPE.
  std::variant<ssl_ptr, std::string> handshake(int fd, const std::string& host,
                                               const waiter& patience) const;

private:
  ssl_ctx_ptr context_;
};

} // namespace bqs::http
