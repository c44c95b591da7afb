#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "http/openssl_ptr.hpp"
#include "http/unique_fd.hpp"

namespace bqs::http::test {

/// The server's end of one connection, below HTTP: it can do what no sane
/// server does. All that waits ends when the client leaves or the server is
/// destroyed.
class peer {
public:
  peer(unique_fd fd, int stop_fd) : fd_(std::move(fd)), stop_fd_(stop_fd) {
    auto yes = 1; // what is sent is at the client's when `send` returns
    ::setsockopt(fd_.get(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  }

  bool secure(SSL_CTX* context) {
    tls_.reset(SSL_new(context));
    SSL_set_fd(tls_.get(), fd_.get());
    return wait(POLLIN) && SSL_accept(tls_.get()) == 1;
  }

  /// Reads the request line and fields, and the empty line behind them.
  std::string read_head() {
    while (input_.find("\r\n\r\n") == std::string::npos && more())
      ;
    return take(input_.find("\r\n\r\n") + 4);
  }

  /// Reads so many bytes, or as many as come.
  std::string read(std::size_t size) {
    while (input_.size() < size && more())
      ;
    return take(size);
  }

  /// Reads the body that a head announces, if it does.
  std::string read_body(const std::string& head) {
    constexpr std::string_view field = "Content-Length: ";
    auto at = head.find(field);
    return at == std::string::npos
             ? ""
             : read(std::stoul(head.substr(at + field.size())));
  }

  /// Reads a whole request; returns its body.
  std::string read_request() {
    return read_body(read_head());
  }

  /// Reads until the client leaves.
  void drain() {
    while (more())
      input_.clear();
  }

  /// Reads nothing until the client leaves.
  void ignore() {
    wait(POLLRDHUP);
  }

  /// Returns false once the client is gone.
  bool send(std::string_view text) {
    while (!text.empty()) {
      auto n
        = tls_ != nullptr
            ? SSL_write(tls_.get(), text.data(), static_cast<int>(text.size()))
            : ::send(fd_.get(), text.data(), text.size(), MSG_NOSIGNAL);
      if (n <= 0)
        return false;
      text.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
  }

  /// Sends `text` again and again until the client leaves.
  void flood(std::string_view text) {
    while (send(text))
      ;
  }

  /// Sends `size` bytes at a time, the text again and again, until the client
  /// leaves.
  void drip(std::string_view text, std::chrono::milliseconds pause,
            std::size_t size = 1) {
    while (drip_once(text, pause, size))
      ;
  }

  /// The same once. Returns false if the client has left.
  bool drip_once(std::string_view text, std::chrono::milliseconds pause,
                 std::size_t size = 1) {
    for (; !text.empty(); text.remove_prefix(std::min(size, text.size())))
      if (!send(text.substr(0, size)) || wait(POLLRDHUP, pause))
        return false;
    return true;
  }

  /// Ends the connection by RST instead of FIN.
  void reset() {
    linger now{1, 0};
    ::setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
    tls_.reset();
    fd_ = unique_fd{};
  }

  /// Ends the connection by FIN alone: over TLS without close_notify.
  void hang_up() {
    ::shutdown(fd_.get(), SHUT_WR);
    tls_.reset();
  }

  /// Ends the connection in good order.
  void finish() {
    if (tls_ != nullptr)
      SSL_shutdown(tls_.get());
    hang_up();
  }

private:
  bool wait(short events,
            std::chrono::milliseconds most = std::chrono::hours{1}) {
    pollfd fds[] = {{fd_.get(), events, 0}, {stop_fd_, POLLIN, 0}};
    return ::poll(fds, 2, static_cast<int>(most.count())) > 0
           && fds[1].revents == 0;
  }

  bool more() {
    char buffer[65536];
    auto pending = tls_ != nullptr && SSL_pending(tls_.get()) > 0;
    if (!pending && !wait(POLLIN))
      return false;
    auto n = tls_ != nullptr ? SSL_read(tls_.get(), buffer, sizeof buffer)
                             : ::recv(fd_.get(), buffer, sizeof buffer, 0);
    if (n <= 0)
      return false;
    input_.append(buffer, static_cast<std::size_t>(n));
    return true;
  }

  std::string take(std::size_t size) {
    auto result = input_.substr(0, size);
    input_.erase(0, size);
    return result;
  }

  unique_fd fd_;
  int stop_fd_;
  ssl_ptr tls_;
  std::string input_;
};

/// What a server does with one connection, to its end.
using script = std::function<void(peer&)>;

/// A server on a free port of the loopback. Its n-th connection plays the n-th
/// script; all further ones are closed at once.
///
///     fake_server server{{answering("HTTP/1.1 204 No Content\r\n\r\n")}};
///     connection uut{server.where()};
class fake_server {
public:
  /// @param context makes it a TLS server.
  explicit fake_server(std::vector<script> scripts, SSL_CTX* context = nullptr)
    : scripts_(std::move(scripts)), context_(context) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* raw = reinterpret_cast<sockaddr*>(&address);
    // What a peer does not read must not fit into the kernel, whose own choice
    // may be more than the largest body here.
    auto buffered = 64 << 10;
    ::setsockopt(listener_.get(), SOL_SOCKET, SO_RCVBUF, &buffered,
                 sizeof buffered);
    if (::bind(listener_.get(), raw, size) != 0
        || ::listen(listener_.get(), 16) != 0
        || ::getsockname(listener_.get(), raw, &size) != 0)
      throw std::runtime_error{"cannot listen"};
    port_ = ntohs(address.sin_port);
    thread_ = std::thread{[this] { run(); }};
  }

  ~fake_server() {
    ::eventfd_write(stop_.get(), 1);
    thread_.join();
  }

  fake_server(const fake_server&) = delete;
  fake_server& operator=(const fake_server&) = delete;

  std::uint16_t port() const noexcept {
    return port_;
  }

  /// How many connections have come so far.
  std::size_t connections() {
    std::lock_guard guard{mutex_};
    return accepted_;
  }

  /// Waits until so many scripts have come to their end.
  void await_finished(std::size_t n) {
    std::unique_lock guard{mutex_};
    changed_.wait(guard, [&] { return finished_ >= n; });
  }

private:
  void run() {
    // Not for the whole process: the client must get along without.
    sigset_t pipe;
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
    for (;;) {
      pollfd fds[] = {{listener_.get(), POLLIN, 0}, {stop_.get(), POLLIN, 0}};
      if (::poll(fds, 2, -1) <= 0 || fds[1].revents != 0)
        return;
      unique_fd fd{::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC)};
      std::unique_lock guard{mutex_};
      auto n = accepted_++;
      guard.unlock();
      if (fd && n < scripts_.size()) {
        peer x{std::move(fd), stop_.get()};
        if (context_ == nullptr || x.secure(context_))
          scripts_[n](x);
      }
      guard.lock();
      ++finished_;
      changed_.notify_all();
    }
  }

  std::vector<script> scripts_;
  SSL_CTX* context_;
  unique_fd listener_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  unique_fd stop_{::eventfd(0, EFD_CLOEXEC)};
  std::uint16_t port_ = 0;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t accepted_ = 0;
  std::size_t finished_ = 0;
  std::thread thread_;
};

/// Reads a request and sends each text in turn, on one connection.
inline script answering(std::vector<std::string> texts) {
  return [texts = std::move(texts)](peer& client) {
    for (const auto& text : texts) {
      client.read_request();
      client.send(text);
    }
    client.drain();
  };
}

/// What a proxy says before it leads through.
inline constexpr auto established
  = "HTTP/1.1 200 Connection established\r\n\r\n";

/// Lets the client through to a server that plays `then`, if it wants to be
/// that; keeps what the client asked for in `asked`.
inline script proxying(std::string& asked, SSL_CTX* context, script then) {
  return [&asked, context, then = std::move(then)](peer& client) {
    asked = client.read_head();
    client.send(established);
    if (client.secure(context)) // the next byte is TLS
      then(client);
  };
}

/// A well-formed answer.
inline std::string answer_text(int status, std::string_view body,
                               const std::string& fields = {}) {
  return "HTTP/1.1 " + std::to_string(status) + " Words\r\n" + fields
         + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n"
         + std::string{body};
}

} // namespace bqs::http::test
