#pragma once

#include <memory>
#include <string>

#include "sandbox/transport.hpp"

struct ssl_ctx_st;

namespace bqs::sandbox {

/// What all TLS connections of an endpoint share: TLS 1.2 or later, a
/// certificate and its key. From any thread.
class tls_context {
public:
  /// @param cert PEM, the endpoint's certificate first, then those above it.
  /// @param key PEM, without a passphrase.
  /// @throws std::runtime_error with one line that names the file.
  tls_context(const std::string& cert, const std::string& key);

  /// Shakes hands on a connection that was accepted, for ten seconds at most.
  /// Returns null if that fails.
  std::unique_ptr<transport> accept(int fd) const;

private:
  struct closer {
    void operator()(ssl_ctx_st* x) const noexcept;
  };
  std::unique_ptr<ssl_ctx_st, closer> raw_;
};

} // namespace bqs::sandbox
