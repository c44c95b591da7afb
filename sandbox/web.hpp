#pragma once

#include <httplib.h>

#include "sandbox/service.hpp"

namespace bqs::sandbox {

/// Speaks HTTP on connections that others accept. The library parses and
/// renders; the sockets are ours, so that they can fail on command.
class web : private httplib::Server {
public:
  explicit web(service& answers);

  /// Serves one connection to its end; does not close it. From any thread,
  /// many at once.
  void serve(int fd);

private:
  void handle(const httplib::Request& x, httplib::Response& out,
              const httplib::ContentReader* body);
  body_state read_body(const httplib::Request& x,
                       const httplib::ContentReader& from, std::string& out);

  service& answers_;
};

} // namespace bqs::sandbox
