#include "sandbox/listener.hpp"

#include <cerrno>
#include <cstring>
#include <stdexcept>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

namespace bqs::sandbox {

namespace {

constexpr int backlog = 1'024;
constexpr std::size_t max_connections = 2'048;
/// When there are too many open files.
constexpr int pause_milliseconds = 50;

/// An address of this machine, as the kernel wants it.
union socket_address {
  sockaddr any;
  sockaddr_in v4;
  sockaddr_in6 v6;
};

bool read_address(const std::string& text, std::uint16_t port,
                  socket_address& out) {
  std::memset(&out, 0, sizeof(out));
  auto name = text == "localhost" ? std::string{"127.0.0.1"} : text;
  if (::inet_pton(AF_INET, name.c_str(), &out.v4.sin_addr) == 1) {
    out.v4.sin_family = AF_INET;
    out.v4.sin_port = htons(port);
    return (ntohl(out.v4.sin_addr.s_addr) >> 24) == 127;
  }
  if (::inet_pton(AF_INET6, name.c_str(), &out.v6.sin6_addr) == 1) {
    out.v6.sin6_family = AF_INET6;
    out.v6.sin6_port = htons(port);
    return IN6_IS_ADDR_LOOPBACK(&out.v6.sin6_addr) != 0;
  }
  return false;
}

/// What `errno` says.
std::string failure(const std::string& address, std::uint16_t port) {
  return "cannot listen on " + address + ":" + std::to_string(port) + ": "
         + std::strerror(errno);
}

} // namespace

listener::listener(const std::string& address, std::uint16_t port,
                   session serve)
  : serve_(std::move(serve)) {
  socket_address at{};
  if (!read_address(address, port, at))
    throw std::runtime_error("cannot listen on " + address
                             + ": not a loopback address");
  socket_ = ::socket(at.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  wake_ = ::eventfd(0, EFD_CLOEXEC);
  auto on = 1;
  ::setsockopt(socket_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  socklen_t size = sizeof(at);
  auto ok
    = socket_ >= 0 && wake_ >= 0
      && ::bind(socket_, &at.any,
                at.any.sa_family == AF_INET ? sizeof(at.v4) : sizeof(at.v6))
           == 0
      && ::listen(socket_, backlog) == 0
      && ::getsockname(socket_, &at.any, &size) == 0;
  if (!ok) {
    auto why = failure(address, port);
    ::close(socket_);
    ::close(wake_);
    throw std::runtime_error(why);
  }
  port_ = ntohs(at.any.sa_family == AF_INET ? at.v4.sin_port : at.v6.sin6_port);
  acceptor_ = std::thread{[this] { accept_all(); }};
}

listener::~listener() {
  stop();
  ::close(wake_);
}

void listener::stop() {
  {
    std::lock_guard guard{mutex_};
    if (stopping_)
      return;
    stopping_ = true;
    for (auto& x : connections_)
      if (!x.done)
        ::shutdown(x.fd, SHUT_RDWR);
  }
  std::uint64_t one = 1;
  // An eventfd takes this write at any time.
  [[maybe_unused]] auto n = ::write(wake_, &one, sizeof(one));
  acceptor_.join();
  ::close(socket_);
  for (auto& x : connections_)
    x.thread.join();
  connections_.clear();
}

void listener::accept_all() {
  for (;;) {
    pollfd x[2] = {{socket_, POLLIN, 0}, {wake_, POLLIN, 0}};
    ::poll(x, 2, -1);
    if (x[1].revents != 0)
      return;
    reap();
    auto fd = ::accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd >= 0)
      start(fd);
    else if (errno == EMFILE || errno == ENFILE || errno == ENOMEM)
      ::poll(x + 1, 1, pause_milliseconds);
  }
}

void listener::start(int fd) {
  auto on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  std::lock_guard guard{mutex_};
  if (stopping_ || connections_.size() >= max_connections) {
    ::close(fd);
    return;
  }
  auto& x = connections_.emplace_back();
  x.fd = fd;
  try {
    x.thread = std::thread{[this, &x] {
      serve_(x.fd);
      // Closed under the lock: `stop` must not shut down a stranger that got
      // the same number.
      std::lock_guard closing{mutex_};
      ::close(x.fd);
      x.done = true;
    }};
  } catch (const std::system_error&) { // no more threads
    ::close(fd);
    connections_.pop_back();
  }
}

void listener::reap() {
  std::lock_guard guard{mutex_};
  for (auto i = connections_.begin(); i != connections_.end();) {
    if (!i->done) {
      ++i;
      continue;
    }
    i->thread.join();
    i = connections_.erase(i);
  }
}

} // namespace bqs::sandbox
