#include "actors/service_access.hpp"

#include <utility>

namespace bqs {

namespace {

http::credential_options
credential_options(const bigquery_options& x, const http::endpoint& service,
                   const http::transport_options& transport) {
  http::credential_options result;
  result.source = x.credentials;
  result.scopes = x.scopes;
  if (x.token_source == token_source::token_endpoint)
    result.from = http::token_source::token_endpoint;
  result.impersonate = x.impersonate;
  result.delegates = x.impersonate_delegates;
  result.quota_project = x.quota_project;
  result.allowed_hosts = x.allowed_token_hosts;
  result.service_host = service.host;
  result.transport = transport;
  return result;
}

std::variant<http::transport_options, std::string>
read_transport(const bigquery_options& x, const http::endpoint& to) {
  auto rules = http::proxy_rules::read(x.proxy);
  auto wrong = std::get_if<std::string>(&rules);
  // What the environment says is not for this machine.
  if (wrong != nullptr && !(x.proxy.empty() && to.is_loopback()))
    return "bigquery.proxy: " + *wrong;
  http::transport_options result;
  if (wrong == nullptr)
    result.proxy = std::get<http::proxy_rules>(std::move(rules));
  result.tls = {x.ca_file, x.client_certificate, x.client_key};
  result.connect = x.connect_timeout;
  result.write = x.write_timeout;
  result.answer = x.answer_timeout;
  return result;
}

} // namespace

std::variant<service_access, std::string>
read_service_access(const bigquery_options& options) {
  auto where = http::parse_endpoint(options.endpoint);
  if (auto wrong = std::get_if<std::string>(&where))
    return "bigquery.endpoint: " + *wrong;
  auto& endpoint = std::get<http::endpoint>(where);
  auto how = read_transport(options, endpoint);
  if (auto wrong = std::get_if<std::string>(&how))
    return *wrong;
  if (options.credentials == "none" && !endpoint.is_loopback())
    return "bigquery.credentials: none is allowed for a loopback endpoint "
           "only";
  auto& transport = std::get<http::transport_options>(how);
  return service_access{endpoint, transport,
                        credential_options(options, endpoint, transport)};
}

} // namespace bqs
