#include "actors/listening.hpp"

#include <cstring>
#include <memory>
#include <utility>

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

/// The address in numbers; empty if there is no way to write it.
std::string text_of(const addrinfo& x) {
  char text[NI_MAXHOST] = {};
  auto code = getnameinfo(x.ai_addr, x.ai_addrlen, text, sizeof text, nullptr,
                          0, NI_NUMERICHOST);
  return code == 0 ? text : "";
}

/// The addresses, in numbers, that a name stands for; none if not all of them
/// are on this machine.
std::vector<std::string> loopback_addresses(const std::string& name) {
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (name.empty() || getaddrinfo(name.c_str(), nullptr, &wanted, &found) != 0)
    return {};
  std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner{found,
                                                           &freeaddrinfo};
  std::vector<std::string> result;
  for (auto i = found; i != nullptr; i = i->ai_next) {
    auto text = text_of(*i);
    if (!is_loopback(*i->ai_addr) || text.empty())
      return {};
    result.push_back(text);
  }
  return result;
}

} // namespace

listening_places find_listening_places(const std::string& address, bool tls) {
  if (tls)
    return {{address}, {}};
  auto addresses = loopback_addresses(address);
  if (!addresses.empty())
    return {std::move(addresses), {}};
  return {
    {},
    "must be an address of loopback while there are no certificates, not "
      + (address.empty() ? "empty" : address)
      + "; `bqstreamer make-certs DIR HOST` makes certificates, and "
        "node.tls-certificate, node.tls-key and node.tls-ca-file name them"};
}

std::string check_listening(const std::string& address, bool tls) {
  return find_listening_places(address, tls).fault;
}

} // namespace bqs
