#include "sandbox/web.hpp"

#include <charconv>
#include <limits>

#include <sys/socket.h>

#include "sandbox/wire.hpp"

namespace bqs::sandbox {

namespace {

// The library matches paths by regular expressions, which recurse.
constexpr std::size_t max_path = 4'096;
constexpr const char* any_path = "[\\s\\S]*";

/// What a handler must tell the loop of its connection, whose thread it is on.
struct exchange {
  wire& line;
  bool handled = false;
  /// The next request cannot begin where this one was left.
  bool unread = false;
  ending end = ending::keep;
};

thread_local exchange* current = nullptr;

/// Returns the announced size of a body; none if it is chunked or nonsense.
std::optional<std::size_t> announced(const httplib::Request& x) {
  if (!x.has_header("Content-Length"))
    return x.has_header("Transfer-Encoding") ? std::nullopt
                                             : std::optional{0ul};
  auto text = x.get_header_value("Content-Length");
  std::size_t size = 0;
  auto last = text.data() + text.size();
  auto [end, error] = std::from_chars(text.data(), last, size);
  if (error != std::errc{} || end != last)
    return std::numeric_limits<std::size_t>::max();
  return size;
}

request translate(const httplib::Request& x) {
  request result;
  result.method = x.method;
  if (x.method == "POST" && x.has_header("X-HTTP-Method-Override"))
    result.method = x.get_header_value("X-HTTP-Method-Override");
  result.path = x.path;
  for (auto& [name, value] : x.params)
    result.query.emplace_back(name, value);
  result.authorization = x.get_header_value("Authorization");
  result.if_match = x.get_header_value("If-Match");
  return result;
}

void translate(const reply& x, httplib::Response& out) {
  out.status = x.status == 0 ? 500 : x.status; // 0 is never seen by anybody
  if (!x.body.empty())
    out.set_content(x.body, x.content_type);
  for (auto& [name, value] : x.headers)
    out.set_header(name, value);
  if (x.end == ending::close)
    out.set_header("Connection", "close");
}

} // namespace

web::web(service& answers) : answers_(answers) {
  auto plain = [this](const httplib::Request& x, httplib::Response& out) {
    handle(x, out, nullptr);
  };
  auto with_body
    = [this](const httplib::Request& x, httplib::Response& out,
             const httplib::ContentReader& body) { handle(x, out, &body); };
  Get(any_path, plain);
  Options(any_path, plain);
  Post(any_path, with_body);
  Put(any_path, with_body);
  Patch(any_path, with_body);
  Delete(any_path, with_body);
  set_pre_routing_handler(
    [](const httplib::Request& x, httplib::Response& out) {
      current->line.head_done();
      if (x.path.size() <= max_path)
        return HandlerResponse::Unhandled;
      out.status = 414;
      return HandlerResponse::Handled;
    });
  set_exception_handler(
    [](const httplib::Request&, httplib::Response& out, std::exception_ptr) {
      // Out of memory, at most: `service` does not throw.
      current->end = ending::close;
      out.status = 500;
    });
}

void web::serve(int fd) {
  wire line{fd};
  auto end = ending::keep;
  while (end == ending::keep && line.wait_for_request()) {
    exchange now{line};
    current = &now;
    auto closed = false;
    auto ok = process_request(line, false, closed, [](httplib::Request& x) {
      x.ranges.clear(); // no answer has parts
    });
    current = nullptr;
    ok = line.flush() && ok;
    auto last = !ok || closed || !now.handled || now.unread;
    end = now.end == ending::keep && last ? ending::close : now.end;
  }
  if (end == ending::close && !line.broken())
    line.linger();
  if (end == ending::reset) {
    ::linger none{1, 0};
    ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof(none));
  }
}

void web::handle(const httplib::Request& x, httplib::Response& out,
                 const httplib::ContentReader* body) {
  auto& now = *current;
  now.handled = true;
  auto size = announced(x);
  auto whole = translate(x);
  auto call = answers_.begin(whole);
  auto state = body_state::whole;
  if (call.early) {
    now.unread = size != std::size_t{0};
  } else if (body == nullptr) {
    now.unread = size != std::size_t{0};
  } else if (size != std::size_t{0}) {
    state = read_body(x, *body, whole.body);
    now.unread = state == body_state::huge || state == body_state::unreadable;
    if (now.line.broken()) { // nobody is left to answer
      now.end = ending::close;
      return;
    }
  }
  auto answer = call.early ? *call.early : answers_.finish(call, whole, state);
  now.end = answer.end;
  if (answer.end == ending::reset)
    now.line.mute();
  translate(answer, out);
}

body_state web::read_body(const httplib::Request& x,
                          const httplib::ContentReader& from,
                          std::string& out) {
  auto& limits = answers_.opts.limits;
  auto size = announced(x);
  if (size && *size > limits.hard_body_bytes)
    return body_state::huge;
  if (size)
    out.reserve(std::min(*size, limits.body_bytes));
  std::size_t total = 0;
  auto ok = from([&](const char* data, std::size_t n) {
    total += n;
    // What is too large is read all the same, so that the peer can read the
    // answer; within reason.
    if (total <= limits.body_bytes)
      out.append(data, n);
    else
      std::string{}.swap(out);
    return total <= limits.hard_body_bytes;
  });
  if (total > limits.hard_body_bytes)
    return body_state::huge;
  if (!ok)
    return body_state::unreadable;
  return total > limits.body_bytes ? body_state::too_large : body_state::whole;
}

} // namespace bqs::sandbox
