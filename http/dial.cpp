#include "http/dial.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstdint>
#include <memory>
#include <system_error>
#include <thread>
#include <utility>

namespace bqs::http {

namespace {

std::string system_message(int code) {
  return std::system_category().message(code);
}

/// One question to the resolver. Shared with the thread that asks, because
/// `getaddrinfo` cannot be interrupted: who gives up leaves it behind.
struct lookup {
  std::string host;
  std::string service;
  unique_fd done{::eventfd(0, EFD_CLOEXEC)};
  addrinfo* found = nullptr;
  int code = 0;

  explicit lookup(const endpoint& where)
    : host(where.host), service(std::to_string(where.port)) {
    // nop
  }
  lookup(const lookup&) = delete;
  lookup& operator=(const lookup&) = delete;
  ~lookup() {
    if (found != nullptr)
      ::freeaddrinfo(found);
  }

  void ask(int flags) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_NUMERICSERV | flags;
    code = ::getaddrinfo(host.c_str(), service.c_str(), &hints, &found);
  }
};

/// Fills `job->found`; returns why not otherwise. Then `job` may still be in
/// use by its thread.
std::string resolve(const std::shared_ptr<lookup>& job,
                    const waiter& patience) {
  job->ask(AI_NUMERICHOST);
  if (job->code == EAI_NONAME) {
    if (!job->done)
      return system_message(errno);
    std::thread{[job] {
      job->ask(0);
      ::eventfd_write(job->done.get(), 1);
    }}.detach();
    if (patience.wait(job->done.get(), POLLIN) == 0)
      return std::string{"looking up the name "} + patience.why();
    eventfd_t ignored = 0;
    ::eventfd_read(job->done.get(), &ignored); // orders the thread's writes
  }
  return job->code == 0 ? std::string{} : ::gai_strerror(job->code);
}

std::string try_address(const addrinfo& address, const waiter& patience,
                        unique_fd& result) {
  unique_fd fd{::socket(address.ai_family,
                        SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
                        address.ai_protocol)};
  if (!fd)
    return system_message(errno);
  if (::connect(fd.get(), address.ai_addr, address.ai_addrlen) != 0) {
    if (errno != EINPROGRESS && errno != EINTR)
      return system_message(errno);
    if (patience.wait(fd.get(), POLLOUT) == 0)
      return patience.why();
    auto code = 0;
    socklen_t size = sizeof code;
    ::getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &code, &size);
    if (code != 0)
      return system_message(code);
  }
  auto yes = 1;
  // A request leaves in several writes: Nagle would hold back the last one.
  ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  result = std::move(fd);
  return {};
}

std::size_t count(const addrinfo* list) {
  std::size_t n = 0;
  for (; list != nullptr; list = list->ai_next)
    ++n;
  return n;
}

} // namespace

std::variant<unique_fd, std::string> dial(const endpoint& where,
                                          const waiter& patience) {
  auto job = std::make_shared<lookup>(where);
  auto fault = resolve(job, patience);
  if (fault.empty()) {
    auto untried = static_cast<std::int64_t>(count(job->found));
    for (auto* i = job->found; i != nullptr; i = i->ai_next) {
      auto share = waiter::clock::now() + patience.left() / untried--;
      unique_fd fd;
      fault = try_address(*i, patience.until(share), fd);
      if (fd)
        return fd;
      if (patience.cancelled() || patience.expired())
        break;
    }
  }
  return "cannot connect to " + where.host + " port "
         + std::to_string(where.port) + ": " + fault;
}

} // namespace bqs::http
