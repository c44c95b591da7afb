#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "bqstreamer/options.hpp"
#include "http/connection.hpp"
#include "http/credentials.hpp"

namespace bqs::live {

/// Whoever makes tables and counts rows beside a node: asks the service by the
/// same way and with the same credentials, permitted to do more.
class service {
public:
  /// @throws std::runtime_error with one line if the settings or the
  ///         credentials are not good.
  explicit service(const bigquery_options& options);

  /// Asks once.
  /// @param path begins with `/projects/`
  /// @throws std::runtime_error with one line if there is no answer.
  http::answer ask(const std::string& method, const std::string& path,
                   std::string_view body = {},
                   const http::connection::headers& more = {});

  /// Asks again while there is no answer, or one that says to. For what may be
  /// done twice.
  http::answer insist(const std::string& method, const std::string& path,
                      std::string_view body = {});

private:
  std::string bearer();

  std::unique_ptr<http::credentials> source_;
  http::token token_;
  std::chrono::steady_clock::time_point renew_at_{};
  http::connection connection_;
};

} // namespace bqs::live
