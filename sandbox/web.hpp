#pragma once

#include <httplib.h>

#include "sandbox/service.hpp"
#include "sandbox/tls.hpp"

namespace bqs::sandbox {

/// Speaks HTTP on connections that others accept. The library parses and
/// renders; the sockets are ours, so that they can fail on command.
class web : private httplib::Server {
public:
  /// @param tls encrypts all connections; null: they are plain.
  explicit web(service& answers, const tls_context* tls = nullptr);

  /// Serves one connection to its end; does not close it. From any thread,
  /// many at once.
  void serve(int fd);

private:
  /// Null if no connection comes about.
  std::unique_ptr<transport> open(int fd) const;
  void handle(const httplib::Request& x, httplib::Response& out,
              const httplib::ContentReader* body);
  body_state read_body(const httplib::Request& x,
                       const httplib::ContentReader& from, service::call& call,
                       std::string& out);
  bool deliver(class wire& line, const delivery& how);

  service& answers_;
  const tls_context* tls_;
};

} // namespace bqs::sandbox
