#pragma once

#include <chrono>
#include <mutex>
#include <string>
#include <string_view>

#include "http/answer.hpp"
#include "http/connection.hpp"
#include "http/token_url.hpp"
#include "http/transport_options.hpp"
#include "http/unique_fd.hpp"

namespace bqs::http {

/// Asks those who give tokens, over a connection of its own each time: it is
/// needed once an hour. One thread at a time, but for `cancel`.
class token_client {
public:
  /// @throws std::system_error if the process is out of descriptors.
  explicit token_client(transport_options how = {});

  answer get(const token_url& from, const connection::headers& fields,
             std::chrono::milliseconds most = std::chrono::seconds{15});

  /// @param type of the content.
  answer post(const token_url& to, const std::string& type,
              std::string_view body, connection::headers fields = {});

  answer post_form(const token_url& to, std::string_view body,
                   connection::headers fields = {});

  /// Ends what is under way and all that comes later. From any thread.
  void cancel() noexcept;

  /// Becomes readable then.
  int cancel_fd() const noexcept {
    return cancelled_.get();
  }

private:
  template <class Ask>
  answer exchange(const token_url& with, Ask ask);
  void enter(connection* link) noexcept;

  transport_options how_;
  unique_fd cancelled_;
  /// Guards what follows.
  std::mutex mutex_;
  bool is_cancelled_ = false;
  /// Of the exchange under way.
  connection* current_ = nullptr;
};

} // namespace bqs::http
