#include "actors/listening.hpp"

#include <cstring>
#include <memory>

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace bqs {

namespace {

bool is_loopback(const sockaddr& x) {
  if (x.sa_family == AF_INET) {
    auto& v4 = reinterpret_cast<const sockaddr_in&>(x);
    return ntohl(v4.sin_addr.s_addr) >> 24 == 127;
  }
  if (x.sa_family != AF_INET6)
    return false;
  auto& v6 = reinterpret_cast<const sockaddr_in6&>(x);
  return IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr);
}

/// Whether all that the name stands for is on this machine.
bool is_loopback(const std::string& name) {
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (name.empty() || getaddrinfo(name.c_str(), nullptr, &wanted, &found) != 0)
    return false;
  std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner{found,
                                                           &freeaddrinfo};
  for (auto i = found; i != nullptr; i = i->ai_next)
    if (!is_loopback(*i->ai_addr))
      return false;
  return found != nullptr;
}

} // namespace

std::string check_listening(const std::string& address, bool tls) {
  if (tls || is_loopback(address))
    return {};
  return "must be an address of loopback while there are no certificates, not "
         + (address.empty() ? "empty" : address)
         + "; `bqstreamer make-certs DIR HOST` makes certificates, and "
           "node.tls-certificate, node.tls-key and node.tls-ca-file name them";
}

} // namespace bqs
