#include "sandbox/web.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <string_view>

#include <sys/socket.h>

#include "sandbox/gzip.hpp"
#include "sandbox/lower.hpp"
#include "sandbox/wire.hpp"

namespace bqs::sandbox {

namespace {

// The library matches paths by regular expressions, which recurse.
constexpr std::size_t max_path = 4'096;
constexpr const char* any_path = "[\\s\\S]*";

/// What a handler must tell the loop of its connection, whose thread it is on.
struct exchange {
  wire& line;
  /// The value of `Content-Encoding`, in lower case.
  std::string coding = {};
  bool handled = false;
  /// The next request cannot begin where this one was left.
  bool unread = false;
  ending end = ending::keep;
  delivery how = {};
};

thread_local exchange* current = nullptr;

bool is_digits(std::string_view x) {
  return !x.empty() && std::all_of(x.begin(), x.end(), [](char c) {
    return c >= '0' && c <= '9';
  });
}

/// Whether a head says in one way only where its body ends.
bool is_framed(const httplib::Request& x) {
  auto [first, last] = x.headers.equal_range("Content-Length");
  auto sized = std::all_of(first, last, [first = first](auto& each) {
    return is_digits(each.second) && each.second == first->second;
  });
  auto codings = x.get_header_value_count("Transfer-Encoding");
  if (codings == 0)
    return sized;
  return first == last && codings == 1
         && lower(x.get_header_value("Transfer-Encoding")) == "chunked";
}

/// Returns the announced size of a body; none if it is chunked.
std::optional<std::size_t> announced(const httplib::Request& x) {
  if (!x.has_header("Content-Length"))
    return x.has_header("Transfer-Encoding") ? std::nullopt
                                             : std::optional{0ul};
  auto text = x.get_header_value("Content-Length");
  std::size_t size = 0;
  auto last = text.data() + text.size();
  if (std::from_chars(text.data(), last, size).ec != std::errc{})
    return std::numeric_limits<std::size_t>::max(); // more than can be
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
  result.host = x.get_header_value("Host");
  result.metadata_flavor = x.get_header_value("Metadata-Flavor");
  return result;
}

void pack(httplib::Response& out) {
  auto packed = out.body.empty() ? std::nullopt : gzip(out.body);
  if (!packed)
    return;
  out.body = std::move(*packed);
  out.set_header("Content-Encoding", "gzip");
}

void translate(const reply& x, const httplib::Request& asked,
               httplib::Response& out) {
  out.status = x.status == 0 ? 500 : x.status; // 0 is never seen by anybody
  if (!x.body.empty())
    out.set_content(x.body, x.content_type);
  if (wants_gzip(asked.get_header_value("Accept-Encoding"),
                 asked.get_header_value("User-Agent")))
    pack(out);
  for (auto& [name, value] : x.headers)
    out.set_header(name, value);
  if (x.end == ending::close)
    out.set_header("Connection", "close");
}

/// Takes what the library must not see: it inflates in its own way, cuts
/// answers into parts, and reads forms into pieces.
void prepare(httplib::Request& x) {
  x.ranges.clear();
  x.headers.erase("Content-Type"); // a body is JSON, or is refused
  current->coding = lower(x.get_header_value("Content-Encoding"));
  x.headers.erase("Content-Encoding");
}

/// Whoever sends half of a head is told so.
constexpr const char* late_head = "HTTP/1.1 408 Request Timeout\r\n"
                                  "Content-Length: 0\r\n"
                                  "Connection: close\r\n\r\n";

} // namespace

web::web(service& answers, const tls_context* tls)
  : answers_(answers), tls_(tls) {
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
      if (!is_framed(x)) {
        auto answer = web_page(400);
        answer.end = ending::close;
        translate(answer, x, out);
        return HandlerResponse::Handled;
      }
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
  auto carrier = open(fd);
  if (!carrier)
    return;
  auto& limits = answers_.opts.limits;
  wire line{fd, std::move(carrier), {limits.idle, limits.half_request}};
  auto end = ending::keep;
  while (end == ending::keep && line.wait_for_request()) {
    exchange now{line};
    current = &now;
    auto closed = false;
    auto ok = process_request(line, false, closed, prepare);
    current = nullptr;
    if (line.late() && !now.handled)
      line.replace(late_head);
    ok = deliver(line, now.how) && ok;
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

std::unique_ptr<transport> web::open(int fd) const {
  if (tls_ == nullptr)
    return std::make_unique<plain_transport>(fd);
  return tls_->accept(fd);
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
    state = read_body(x, *body, call, whole.body);
    now.unread = state != body_state::whole && state != body_state::too_large;
    if (now.line.broken()) { // nobody is left to answer
      now.end = ending::close;
      return;
    }
  }
  auto answer = call.early ? *call.early : answers_.finish(call, whole, state);
  now.end = answer.end;
  now.how = answer.how;
  if (answer.end == ending::reset)
    now.line.mute();
  if (!answer.how.empty()) {
    now.line.flush(); // `100 Continue` is no part of the answer
    now.line.hold();
  }
  translate(answer, x, out);
}

bool web::deliver(wire& line, const delivery& how) {
  if (how.empty())
    return line.flush();
  constexpr std::string_view head_end = "\r\n\r\n";
  auto head = line.held().find(head_end);
  if (head == std::string::npos)
    return line.flush();
  head += head_end.size();
  for (auto& x : cut_answer(head, line.held().size() - head, how))
    for (std::size_t i = 0; i < x.times; ++i)
      if (!line.flush(x.bytes) || !answers_.wait(x.pause))
        return false;
  if (how.truncates())
    line.mute();
  return !how.truncates();
}

body_state web::read_body(const httplib::Request& x,
                          const httplib::ContentReader& from,
                          service::call& call, std::string& out) {
  auto& opts = answers_.opts;
  auto& limits = opts.limits;
  auto cuts = opts.too_large == size_disguise::reset;
  auto& now = *current;
  auto& scan = call.scan;
  auto packed = now.coding == "gzip" || now.coding == "x-gzip";
  if (!packed && !now.coding.empty() && now.coding != "identity")
    return body_state::unknown_coding;
  auto size = announced(x);
  if (size && *size > limits.hard_body_bytes)
    return body_state::huge;
  if (size && !scan)
    out.reserve(std::min(*size, limits.body_bytes));
  std::size_t total = 0;
  auto take = [&](const char* data, std::size_t n) {
    total += n;
    // What is too large is read all the same, so that the peer can read the
    // answer; within reason.
    if (scan)
      scan->feed({data, n});
    else if (total <= limits.body_bytes)
      out.append(data, n);
    else
      std::string{}.swap(out);
    return total <= (cuts ? limits.body_bytes : limits.hard_body_bytes);
  };
  std::optional<inflater> unpack;
  if (packed)
    unpack.emplace();
  auto stopped = false;
  auto ok = from([&](const char* data, std::size_t n) {
    // Meanwhile the socket's buffers fill up, and the peer has to wait.
    if (!call.plan.lines.empty())
      stopped = !answers_.wait(call.plan.pause(n, opts.clock()));
    return !stopped && (unpack ? unpack->feed({data, n}, take) : take(data, n));
  });
  if (stopped)
    return body_state::stopped;
  if (total > limits.hard_body_bytes)
    return body_state::huge;
  if (total > limits.body_bytes && (ok || cuts))
    return body_state::too_large;
  if (now.line.late())
    return body_state::late;
  // The end of a gzip file has its checksum.
  if (!ok || (unpack && !unpack->whole()))
    return body_state::unreadable;
  return body_state::whole;
}

} // namespace bqs::sandbox
