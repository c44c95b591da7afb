#include "http/tunnel.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "http/channel.hpp"
#include "http/guarded_stream.hpp"

namespace bqs::http {

namespace {

constexpr std::string_view empty_line = "\r\n\r\n";

std::string host_and_port(const endpoint& x) {
  auto is_v6 = x.host.find(':') != std::string::npos;
  return (is_v6 ? "[" + x.host + "]" : x.host) + ":" + std::to_string(x.port);
}

std::string request(const endpoint& to, const proxy& by) {
  auto target = host_and_port(to);
  auto result = "CONNECT " + target + " HTTP/1.1\r\nHost: " + target + "\r\n";
  if (!by.authorization.empty())
    result += "Proxy-Authorization: " + by.authorization + "\r\n";
  return result + "\r\n";
}

/// Returns why it could not be sent, or an empty line.
std::string send(channel& wire, std::string_view text, const waiter& patience) {
  while (!text.empty()) {
    std::size_t moved = 0;
    switch (wire.write({}, text, moved)) {
      case transfer::moved:
        text.remove_prefix(moved);
        break;
      case transfer::blocked:
        if (patience.wait(wire.fd(), wire.wants()) == 0)
          return patience.why();
        break;
      default:
        return wire.fault();
    }
  }
  return {};
}

/// Reads at least up to the empty line. Returns why not, or an empty line.
std::string receive(channel& wire, std::string& head, const waiter& patience) {
  std::array<char, 1024> buffer{};
  while (head.find(empty_line) == std::string::npos) {
    if (head.size() > max_answer_head)
      return "the proxy's answer has no end";
    std::size_t moved = 0;
    switch (wire.read(buffer.data(), buffer.size(), moved)) {
      case transfer::moved:
        head.append(buffer.data(), moved);
        break;
      case transfer::blocked:
        if (patience.wait(wire.fd(), wire.wants()) == 0)
          return patience.why();
        break;
      case transfer::ended:
        return "the proxy closed the connection";
      case transfer::broken:
        return wire.fault();
    }
  }
  return {};
}

/// The status in a line such as `HTTP/1.1 200 Connection established`, or 0.
int status_of(std::string_view head) {
  auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  constexpr std::string_view begin = "HTTP/1.x ";
  if (head.size() < begin.size() + 4 || !head.starts_with("HTTP/1.")
      || !is_digit(head[7]) || head[8] != ' ')
    return 0;
  auto digits = head.substr(begin.size(), 3);
  auto after = head[begin.size() + 3];
  if (!std::all_of(digits.begin(), digits.end(), is_digit)
      || (after != ' ' && after != '\r'))
    return 0;
  return (digits[0] - '0') * 100 + (digits[1] - '0') * 10 + digits[2] - '0';
}

std::string refusal(int status, const proxy& by) {
  auto result = "the proxy refuses with " + std::to_string(status);
  if (status == 407)
    result += by.authorization.empty()
                ? ": it wants a user and a password"
                : ": it does not accept the user and the password";
  return result;
}

} // namespace

std::optional<tunnel_fault> open_tunnel(int fd, const endpoint& to,
                                        const proxy& by,
                                        const waiter& patience) {
  auto fault = [&](const std::string& why, int status = 0) {
    return tunnel_fault{status, "no tunnel to " + host_and_port(to)
                                  + " through " + host_and_port(by.where) + ": "
                                  + why};
  };
  channel wire{fd};
  std::string head;
  auto why = send(wire, request(to, by), patience);
  if (why.empty())
    why = receive(wire, head, patience);
  if (!why.empty())
    return fault(why);
  auto status = status_of(head);
  if (status < 100)
    return fault("the proxy does not speak HTTP");
  if (status < 200 || status > 299)
    return fault(refusal(status, by), status);
  // Whoever is behind the proxy waits for us to begin.
  if (head.find(empty_line) + empty_line.size() != head.size())
    return fault("the proxy goes on behind the end of its answer");
  return std::nullopt;
}

} // namespace bqs::http
