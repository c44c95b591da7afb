#include "client/dialer.hpp"

#include <algorithm>
#include <cerrno>
#include <memory>
#include <optional>
#include <set>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <caf/actor_cast.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/io/middleman.hpp>
#include <caf/openssl/manager.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/sec.hpp>

#include "client/stray_errors.hpp"
#include "client/tls_probe.hpp"

namespace bqs {

namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using steady = std::chrono::steady_clock;

struct free_addresses {
  void operator()(addrinfo* x) const {
    freeaddrinfo(x);
  }
};

std::string show(milliseconds x) {
  return x % 1s == 0ms ? std::to_string(x / 1s) + "s"
                       : std::to_string(x.count()) + "ms";
}

std::string refusal(const peer_address& where, const std::string& why) {
  return "no connection to " + to_string(where) + ": " + why;
}

/// Connects, looks whether TLS comes about with the files if there are any, and
/// hangs up. Returns 0, or what `errno` says; leaves what is wrong with TLS.
int knock_at(const addrinfo& where, steady::time_point deadline,
             const std::optional<tls_files>& files, std::string& wrong) {
  auto fd = socket(where.ai_family, where.ai_socktype | SOCK_CLOEXEC,
                   where.ai_protocol);
  if (fd < 0)
    return errno;
  fcntl(fd, F_SETFL, O_NONBLOCK);
  auto code = connect(fd, where.ai_addr, where.ai_addrlen) == 0 ? 0 : errno;
  if (code == EINPROGRESS) {
    auto left = std::chrono::ceil<milliseconds>(deadline - steady::now());
    pollfd wanted{fd, POLLOUT, 0};
    socklen_t size = sizeof(code);
    if (poll(&wanted, 1, std::max(0, static_cast<int>(left.count()))) == 1)
      getsockopt(fd, SOL_SOCKET, SO_ERROR, &code, &size);
    else
      code = ETIMEDOUT;
  }
  if (code == 0 && files)
    wrong = probe_tls(fd, *files, deadline);
  close(fd);
  return code;
}

/// Finds out whether somebody listens at all, before the middleman is sent
/// there. Returns what is wrong.
std::string knock(const peer_address& where, steady::time_point deadline,
                  const std::optional<tls_files>& files) {
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  wanted.ai_flags = AI_ADDRCONFIG;
  addrinfo* found = nullptr;
  if (auto code
      = getaddrinfo(where.host.c_str(), std::to_string(where.port).c_str(),
                    &wanted, &found))
    return std::string{"no such host ("} + gai_strerror(code) + ")";
  std::unique_ptr<addrinfo, free_addresses> owner{found};
  auto left = 0;
  for (auto i = found; i != nullptr; i = i->ai_next)
    ++left;
  auto code = 0;
  for (auto i = found; i != nullptr; i = i->ai_next, --left) {
    // One that does not answer leaves the others their share of the time.
    auto now = steady::now();
    std::string wrong;
    code = knock_at(*i, now + (deadline - now) / left, files, wrong);
    if (code == 0)
      return wrong;
  }
  return std::generic_category().message(code);
}

std::string explain(const caf::error& err, const dial& x) {
  using caf::sec;
  if (err == sec::incompatible_application_ids)
    return std::string{"it speaks another protocol than "} + protocol;
  if (err == sec::request_timeout)
    return "no bqstreamer node answered within " + show(x.timeout);
  // A handshake that fails at once looks like a port that nobody listens on;
  // but somebody has opened to the knock.
  if (err == sec::cannot_connect_to_node && !x.tls)
    return "it takes no connection";
  if (x.tls)
    return "it is no bqstreamer node, or one of another version";
  return "it is no bqstreamer node, or one of another version, or one that "
         "wants TLS";
}

/// The files that CAF will use for the connection, if it uses any.
std::optional<tls_files> files_of(const dial& x, const caf::actor_system& sys) {
  if (!x.tls)
    return std::nullopt;
  auto& cfg = sys.config();
  return tls_files{cfg.openssl_certificate, cfg.openssl_key,
                   cfg.openssl_passphrase, cfg.openssl_cafile};
}

/// What the middleman answers to a `connect`.
dialed judge(caf::actor_system& sys, const dial& x,
             const caf::strong_actor_ptr& found,
             const std::set<std::string>& interfaces) {
  if (!found || !sys.assignable(interfaces, sys.message_types<node_actor>()))
    return {{}, refusal(x.where, "what listens there is no bqstreamer node")};
  return {caf::actor_cast<node_actor>(found), {}};
}

} // namespace

dialer_actor::behavior_type dialer(dialer_actor::pointer self) {
  ignore_stray_errors(self);
  self->set_default_handler(caf::drop);
  return {
    [self](const dial& x) -> caf::result<dialed> {
      auto& sys = self->system();
      if (x.tls && !sys.has_openssl_manager())
        return dialed{{}, refusal(x.where, "TLS is not set up")};
      auto deadline = steady::now() + x.timeout;
      if (auto why = knock(x.where, deadline, files_of(x, sys)); !why.empty())
        return dialed{{}, refusal(x.where, why)};
      auto promise = self->make_response_promise<dialed>();
      auto middleman = x.tls ? sys.openssl_manager().actor_handle()
                             : sys.middleman().actor_handle();
      // A connected peer gets some time to answer, however slow the network.
      auto left = std::max<steady::duration>(deadline - steady::now(), 1s);
      self
        ->request(middleman, left, caf::connect_atom_v, x.where.host,
                  x.where.port)
        .then(
          [=](const caf::node_id&, const caf::strong_actor_ptr& found,
              const std::set<std::string>& interfaces) mutable {
            promise.deliver(judge(self->system(), x, found, interfaces));
          },
          [=](const caf::error& err) mutable {
            promise.deliver(dialed{{}, refusal(x.where, explain(err, x))});
          });
      return promise;
    },
  };
}

std::variant<node_actor, std::string> connect_node(caf::actor_system& sys,
                                                   const peer_address& where,
                                                   milliseconds timeout,
                                                   bool tls) {
  auto line = sys.spawn<caf::detached>(dialer);
  caf::scoped_actor self{sys};
  std::variant<node_actor, std::string> result;
  self->request(line, timeout + 10s, dial{where, tls, timeout})
    .receive(
      [&](const dialed& x) {
        if (x.node)
          result = x.node;
        else
          result = x.reason;
      },
      [&](const caf::error&) {
        result = refusal(where, "no answer within " + show(timeout));
      });
  self->send_exit(line, caf::exit_reason::user_shutdown);
  return result;
}

} // namespace bqs
