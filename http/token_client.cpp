#include "http/token_client.hpp"

#include <strings.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <cerrno>
#include <exception>
#include <system_error>
#include <utility>

namespace bqs::http {

namespace {

using namespace std::chrono_literals;

/// Far more than any token.
constexpr std::size_t most_bytes = 64u << 10;

exchange_limits within(std::chrono::milliseconds total) {
  return {total, most_bytes};
}

/// Adds who asks, where the caller has no name of his own for it.
connection::headers introduced(connection::headers fields) {
  constexpr auto name = "User-Agent";
  auto is_it = [](auto& x) { return ::strcasecmp(x.first.c_str(), name) == 0; };
  if (std::none_of(fields.begin(), fields.end(), is_it))
    fields.emplace_back(name, "bqstreamer/" BQS_VERSION);
  return fields;
}

} // namespace

token_client::token_client(transport_options how)
  : how_(std::move(how)), cancelled_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (!cancelled_)
    throw std::system_error{errno, std::system_category(), "eventfd"};
}

template <class Ask>
answer token_client::exchange(const token_url& with, Ask ask) {
  try {
    connection link{with.where, how_};
    enter(&link);
    auto result = ask(link); // which never throws
    enter(nullptr);
    return result;
  } catch (const std::exception& x) { // out of descriptors
    answer result;
    result.error = x.what();
    return result;
  }
}

void token_client::enter(connection* link) noexcept {
  std::lock_guard guard{mutex_};
  current_ = link;
  if (link != nullptr && is_cancelled_)
    link->cancel();
}

answer token_client::get(const token_url& from,
                         const connection::headers& fields,
                         std::chrono::milliseconds most) {
  return exchange(from, [&](connection& link) {
    return link.get(from.path, introduced(fields), within(most));
  });
}

answer token_client::post(const token_url& to, const std::string& type,
                          std::string_view body, connection::headers fields) {
  fields.emplace_back("Content-Type", type);
  return exchange(to, [&](connection& link) {
    return link.post(to.path, introduced(fields), body, within(15s));
  });
}

answer token_client::post_form(const token_url& to, std::string_view body,
                               connection::headers fields) {
  return post(to, "application/x-www-form-urlencoded", body, std::move(fields));
}

void token_client::cancel() noexcept {
  std::lock_guard guard{mutex_};
  is_cancelled_ = true;
  ::eventfd_write(cancelled_.get(), 1); // never read: it stays
  if (current_ != nullptr)
    current_->cancel();
}

} // namespace bqs::http
