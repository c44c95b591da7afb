#include "app/connect.hpp"

#include <algorithm>
#include <cerrno>
#include <memory>
#include <set>
#include <system_error>

#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <caf/actor_cast.hpp>
#include <caf/actor_system.hpp>
#include <caf/io/middleman.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/sec.hpp>

#include "actors/node.hpp"
#include "app/value.hpp"

namespace bqs::app {

namespace {

using clock = std::chrono::steady_clock;

struct free_addresses {
  void operator()(addrinfo* x) const {
    freeaddrinfo(x);
  }
};

std::string system_text(int code) {
  return std::generic_category().message(code);
}

/// Connects and hangs up. Returns 0, or what `errno` says.
int knock_at(const addrinfo& where, clock::time_point deadline) {
  auto fd = socket(where.ai_family, where.ai_socktype | SOCK_CLOEXEC,
                   where.ai_protocol);
  if (fd < 0)
    return errno;
  fcntl(fd, F_SETFL, O_NONBLOCK);
  auto code = connect(fd, where.ai_addr, where.ai_addrlen) == 0 ? 0 : errno;
  if (code == EINPROGRESS) {
    auto left
      = std::chrono::ceil<std::chrono::milliseconds>(deadline - clock::now());
    pollfd wanted{fd, POLLOUT, 0};
    socklen_t size = sizeof(code);
    if (poll(&wanted, 1, std::max(0, static_cast<int>(left.count()))) == 1)
      getsockopt(fd, SOL_SOCKET, SO_ERROR, &code, &size);
    else
      code = ETIMEDOUT;
  }
  close(fd);
  return code;
}

/// Finds out whether somebody listens at all. The middleman connects without a
/// time limit, and holds everything else up while it waits for a host that
/// does not answer: it shall not be sent there. Returns what is wrong.
std::string knock(const peer_address& where, clock::time_point deadline) {
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (auto code
      = getaddrinfo(where.host.c_str(), std::to_string(where.port).c_str(),
                    &wanted, &found))
    return std::string{"no such host ("} + gai_strerror(code) + ")";
  std::unique_ptr<addrinfo, free_addresses> owner{found};
  auto code = 0;
  for (auto i = found; i != nullptr; i = i->ai_next) {
    code = knock_at(*i, deadline);
    if (code == 0)
      return {};
  }
  return system_text(code);
}

std::string explain(const caf::error& err, std::chrono::milliseconds limit) {
  using caf::sec;
  if (err == sec::incompatible_application_ids)
    return std::string{"it speaks another protocol than "} + protocol;
  if (err == sec::request_timeout)
    return "no bqstreamer node answered within " + show_duration(limit);
  if (err == sec::cannot_connect_to_node)
    return "it takes no connection";
  return "it is no bqstreamer node, or one of another version";
}

} // namespace

system_config::system_config() {
  add_node_messages(*this);
  load<caf::io::middleman>();
}

std::variant<node_actor, std::string>
connect_node(caf::actor_system& sys, const peer_address& where,
             std::chrono::milliseconds limit) {
  auto refuse = [&where](const std::string& why) {
    return "no connection to " + to_string(where) + ": " + why;
  };
  auto deadline = clock::now() + limit;
  if (auto why = knock(where, deadline); !why.empty())
    return refuse(why);
  std::variant<node_actor, std::string> result;
  caf::scoped_actor self{sys};
  auto accept = [&](const caf::node_id&, const caf::strong_actor_ptr& found,
                    const std::set<std::string>& interfaces) {
    if (!found || !sys.assignable(interfaces, sys.message_types<node_actor>()))
      result = refuse("what listens there is no bqstreamer node");
    else
      result = caf::actor_cast<node_actor>(found);
  };
  self
    ->request(sys.middleman().actor_handle(), deadline - clock::now(),
              caf::connect_atom_v, where.host, where.port)
    .receive(accept, [&](const caf::error& err) {
      result = refuse(explain(err, limit));
    });
  return result;
}

} // namespace bqs::app
