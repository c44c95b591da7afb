#include "http/connection.hpp"

#include <httplib.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <cerrno>
#include <exception>
#include <functional>
#include <optional>
#include <system_error>
#include <utility>
#include <variant>

#include "http/channel.hpp"
#include "http/dial.hpp"
#include "http/exchange.hpp"
#include "http/framing.hpp"
#include "http/guarded_stream.hpp"
#include "http/request_head.hpp"
#include "http/tls.hpp"
#include "http/tunnel.hpp"
#include "http/unique_fd.hpp"
#include "http/waiter.hpp"

namespace bqs::http {

namespace {

/// No more is asked for in earnest, and sums with it do not overflow.
constexpr std::size_t most_answer_bytes = std::size_t{1} << 40;

std::string host_field(const endpoint& where) {
  auto url = where.url();
  return url.substr(url.find("://") + 3);
}

std::vector<std::string> values(const httplib::Response& head,
                                const std::string& field) {
  std::vector<std::string> result;
  auto [begin, end] = head.headers.equal_range(field);
  for (auto i = begin; i != end; ++i)
    result.push_back(i->second);
  return result;
}

/// Bounded, or "for ever" would overflow into the past.
std::chrono::milliseconds bounded(std::chrono::milliseconds span) {
  return std::min<std::chrono::milliseconds>(span,
                                             std::chrono::hours{24 * 365});
}

waiter::clock::time_point from_now(std::chrono::milliseconds span) {
  return waiter::clock::now() + bounded(span);
}

} // namespace

/// cpp-httplib parses answers; everything that touches the network is ours, and
/// so are the heads of requests. It takes us for a client without TLS, which
/// keeps its own TLS code out of the way; `socket_.ssl` is ours to fill and to
/// free.
class connection::impl final : httplib::ClientImpl {
public:
  impl(const endpoint& where, const transport_options& how)
    : ClientImpl(where.host, where.port), where_(where), how_(how),
      cancel_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (!cancel_)
      throw std::system_error{errno, std::system_category(), "eventfd"};
    set_keep_alive(true);
    set_url_encode(false);
    set_follow_location(false);
  }

  ~impl() override {
    stop(); // the base cannot free what `shutdown_ssl` frees
  }

  answer request(const std::string& method, const std::string& path,
                 const header_block& fields, std::string_view body,
                 const exchange_limits& limits) {
    exchange x{waiter{cancel_.get(), from_now(limits.total)}, limits.total,
               body.size()};
    current_ = &x;
    limits_ = limits;
    limits_.answer_bytes = std::min(limits.answer_bytes, most_answer_bytes);
    try {
      run(x, method, path, fields, body);
    } catch (const std::exception& e) { // out of memory or threads
      x.result.error = e.what();
      stop();
    }
    current_ = nullptr;
    return std::move(x.result);
  }

  void cancel() noexcept {
    ::eventfd_write(cancel_.get(), 1); // never read: it stays
  }

private:
  // -- the library's hooks ----------------------------------------------------

  bool create_and_connect_socket(Socket& socket,
                                 httplib::Error& error) override {
    auto limit = from_now(how_.connect);
    current_->fault = connect(socket, current_->patience.until(limit));
    if (current_->fault.empty())
      return true;
    current_->stopped();
    error = httplib::Error::Connection;
    return false;
  }

  bool process_socket(const Socket& socket,
                      std::function<bool(httplib::Stream&)> talk) override {
    guarded_stream stream{channel{socket.sock, socket.ssl},
                          current_->patience,
                          head_,
                          current_->body_size > 0,
                          bounded(how_.write),
                          bounded(how_.answer)};
    stream_ = &stream;
    auto whole = false;
    try {
      whole = talk(stream);
    } catch (const std::exception& e) {
      current_->fault = e.what(); // the library would not clean up after it
    }
    stream_ = nullptr;
    current_->note(stream); // not the socket: it may be closed already
    return whole;
  }

  void shutdown_ssl(Socket& socket, bool gracefully) override {
    ssl_ptr tls{std::exchange(socket.ssl, nullptr)};
    if (tls != nullptr && gracefully) {
      SSL_shutdown(tls.get());
      ERR_clear_error();
    }
  }

  // -- the steps of an exchange -----------------------------------------------

  /// Fills `socket`, or returns why not.
  std::string connect(Socket& socket, const waiter& patience) {
    if (where_.tls && tls_ == nullptr) {
      auto context = tls_context::open(how_.tls);
      if (auto* fault = std::get_if<std::string>(&context))
        return *fault;
      tls_ = std::get<tls_context::pointer>(context);
    }
    auto* by = how_.proxy.find(where_);
    auto dialled = dial(by != nullptr ? by->where : where_, patience);
    if (auto* fault = std::get_if<std::string>(&dialled))
      return (by != nullptr ? "proxy: " : "") + *fault;
    auto& fd = std::get<unique_fd>(dialled);
    if (by != nullptr) {
      if (auto fault = open_tunnel(fd.get(), where_, *by, patience)) {
        current_->result.proxy_status = fault->status;
        return fault->why;
      }
    }
    if (where_.tls) {
      auto secured = tls_->handshake(fd.get(), where_.host, patience);
      if (auto* fault = std::get_if<std::string>(&secured))
        return *fault;
      socket.ssl = std::get<ssl_ptr>(secured).release();
    }
    socket.sock = fd.release();
    return {};
  }

  void run(exchange& x, const std::string& method, const std::string& path,
           const header_block& fields, std::string_view body) {
    auto has_body = method != "GET"; // without one there is no length of it
    x.fault = write_head(head_, method, path, host_, fields,
                         has_body ? std::optional{body.size()} : std::nullopt);
    if (x.fault.empty() && !has_body && !body.empty())
      x.fault = "a GET has no body";
    if (!x.fault.empty() || x.stopped())
      return x.conclude(false);
    if (socket_.is_open() && !channel{socket_.sock, socket_.ssl}.quiet())
      stop();
    auto request = make_request(method, body, has_body);
    httplib::Response head;
    auto ignored = httplib::Error::Success;
    x.conclude(send(request, head, ignored));
    auto answered = x.result.reach == reach::answered;
    if (answered) {
      x.result.status = head.status;
      x.result.retry_after = head.get_header_value("Retry-After");
      x.result.metadata_flavor = head.get_header_value("Metadata-Flavor");
    }
    // Without a length the answer ends where the connection does.
    auto framed = x.frame.chunked || x.frame.length || head.status == 204;
    if (!answered || x.result.early || x.leftover || !framed)
      stop();
  }

  /// What the library needs to know; what it writes of it stays here.
  httplib::Request make_request(const std::string& method,
                                std::string_view body, bool has_body) {
    httplib::Request result;
    result.method = method;
    result.path = "/"; // it refuses an empty one
    result.content_length_ = body.size();
    if (has_body)
      result.content_provider_
        = [body](std::size_t offset, std::size_t, httplib::DataSink& sink) {
            auto rest = body.substr(offset);
            sink.write(rest.data(), rest.size()); // it notes its failure itself
            return true;
          };
    result.response_handler
      = [this](const httplib::Response& head) { return accept_head(head); };
    result.content_receiver
      = [this](const char* data, std::size_t size, std::uint64_t,
               std::uint64_t) { return accept_body(data, size); };
    return result;
  }

  bool accept_head(const httplib::Response& head) {
    auto& x = *current_;
    x.frame = framing_of(values(head, "Content-Length"),
                         values(head, "Transfer-Encoding"));
    if (head.status < 200)
      x.frame.unclear = true; // what follows is not its body
    if (x.frame.unclear)
      x.fault = "its length is unclear";
    auto most = limits_.answer_bytes;
    x.result.answer_too_large = x.frame.length.value_or(0) > most;
    // Chunk sizes and the like come on top of the body.
    stream_->expect_body(most + most / 8 + (64u << 10));
    return !x.frame.unclear && !x.result.answer_too_large;
  }

  bool accept_body(const char* data, std::size_t size) {
    auto& result = current_->result;
    auto room = limits_.answer_bytes - result.body.size();
    result.answer_too_large = size > room;
    if (!result.answer_too_large)
      result.body.append(data, size);
    return !result.answer_too_large;
  }

  endpoint where_;
  std::string host_ = host_field(where_);
  transport_options how_;
  tls_context::pointer tls_;
  unique_fd cancel_;
  /// Of the last request; kept for its memory.
  std::string head_;

  // During `request` only.
  exchange* current_ = nullptr;
  exchange_limits limits_;
  guarded_stream* stream_ = nullptr;
};

connection::connection(const endpoint& where, const transport_options& how)
  : impl_(std::make_unique<impl>(where, how)) {
  // nop
}

connection::~connection() = default;

answer connection::post(const std::string& path, const header_block& fields,
                        std::string_view body, const exchange_limits& limits) {
  return request("POST", path, fields, body, limits);
}

answer connection::get(const std::string& path, const header_block& fields,
                       const exchange_limits& limits) {
  return request("GET", path, fields, {}, limits);
}

answer connection::request(const std::string& method, const std::string& path,
                           const header_block& fields, std::string_view body,
                           const exchange_limits& limits) {
  return impl_->request(method, path, fields, body, limits);
}

void connection::cancel() noexcept {
  impl_->cancel();
}

} // namespace bqs::http
