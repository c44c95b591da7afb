#include "tests/live/service.hpp"

#include <stdexcept>
#include <thread>
#include <utility>
#include <variant>

#include "actors/service_access.hpp"

namespace bqs::live {

namespace {

using namespace std::chrono_literals;

/// Queries are answered in a minute, and what is large takes its time.
constexpr http::exchange_limits limits{150'000ms, 16u << 20};

service_access access_of(bigquery_options options) {
  // A node may do with the right to insert.
  options.scopes = {"https://www.googleapis.com/auth/bigquery"};
  options.answer_timeout = limits.total;
  auto read = read_service_access(options);
  if (auto why = std::get_if<std::string>(&read))
    throw std::runtime_error{*why};
  return std::get<service_access>(std::move(read));
}

std::unique_ptr<http::credentials> open(const service_access& x) {
  auto opened = http::open_credentials(x.by);
  if (auto why = std::get_if<http::open_fault>(&opened))
    throw std::runtime_error{why->where + ": " + why->text};
  return std::get<0>(std::move(opened));
}

http::connection connect(const service_access& x) {
  return http::connection{x.where, x.how};
}

} // namespace

service::service(const bigquery_options& options)
  : source_(open(access_of(options))),
    connection_(connect(access_of(options))) {
  bearer();
}

std::string service::bearer() {
  auto now = std::chrono::steady_clock::now();
  if (now >= renew_at_) {
    auto fetched = source_->fetch();
    if (auto why = std::get_if<std::string>(&fetched))
      throw std::runtime_error{*why};
    token_ = std::get<http::token>(std::move(fetched));
    renew_at_ = now + token_.lifetime;
  }
  return "Bearer " + token_.value;
}

http::answer service::ask(const std::string& method, const std::string& path,
                          std::string_view body,
                          const http::connection::headers& more) {
  http::connection::headers fields{{"Authorization", bearer()}};
  if (!token_.quota_project.empty())
    fields.emplace_back("x-goog-user-project", token_.quota_project);
  if (!body.empty())
    fields.emplace_back("Content-Type", "application/json");
  fields.insert(fields.end(), more.begin(), more.end());
  auto result
    = connection_.request(method, "/bigquery/v2" + path, fields, body, limits);
  if (result.reach != http::reach::answered)
    throw std::runtime_error{"the service does not answer: " + result.error};
  return result;
}

http::answer service::insist(const std::string& method, const std::string& path,
                             std::string_view body) {
  constexpr auto most = 5;
  for (auto attempt = 1;; ++attempt) {
    try {
      auto result = ask(method, path, body);
      auto again = result.status == 429 || result.status >= 500;
      if (!again || attempt == most)
        return result;
    } catch (const std::runtime_error&) {
      if (attempt == most)
        throw;
    }
    std::this_thread::sleep_for(attempt * 1s);
  }
}

} // namespace bqs::live
