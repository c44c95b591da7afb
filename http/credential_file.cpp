#include "http/credential_file.hpp"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "http/authorized_user.hpp"
#include "http/code_word.hpp"
#include "http/endpoint.hpp"
#include "http/external_account.hpp"
#include "http/field_reader.hpp"
#include "http/impersonation.hpp"
#include "http/json_text.hpp"
#include "http/service_account.hpp"
#include "http/small_file.hpp"

namespace bqs::http {

namespace {

using nlohmann::json;

/// A text that is no type stays unsaid.
/// @param is_source of an impersonation, which is none itself.
std::string unsupported(const std::string& type, bool is_source) {
  auto said = is_code(type) ? "is " + type + ", which is not supported"
                            : std::string{"is none that is known"};
  return said + (is_source ? " here" : "")
         + "; service_account, authorized_user"
         + (is_source ? " and external_account are"
                      : ", external_account and "
                        "impersonated_service_account are");
}

token_maker_ptr read_impersonated(field_reader& fields,
                                  const maker_context& context);

/// @param is_source as above.
token_maker_ptr read_maker(field_reader& fields, const maker_context& context,
                           bool is_source) {
  auto type = fields.required("type");
  if (!fields.complaint().empty())
    return nullptr;
  if (type == "service_account")
    return read_service_account(fields, context);
  if (type == "authorized_user")
    return read_authorized_user(fields, context);
  if (type == "external_account")
    return read_external_account(fields, context);
  if (type == "impersonated_service_account" && !is_source)
    return read_impersonated(fields, context);
  fields.complain("type", unsupported(type, is_source));
  return nullptr;
}

token_maker_ptr read_impersonated(field_reader& fields,
                                  const maker_context& context) {
  constexpr auto field = "service_account_impersonation_url";
  auto whom = parse_impersonation(fields.required(field), context.rules);
  if (auto* wrong = std::get_if<std::string>(&whom))
    fields.complain(field, *wrong);
  auto delegates = fields.texts("delegates");
  if (!are_accounts(delegates))
    fields.complain("delegates", "is not a list of service accounts");
  if (!fields.has("source_credentials"))
    fields.complain("source_credentials", "is missing");
  auto source = fields.within("source_credentials");
  auto maker = read_maker(source, context.for_source(), true);
  if (!fields.complaint().empty())
    return nullptr;
  auto target = std::get<impersonation>(std::move(whom));
  target.delegates = full_names(std::move(delegates));
  return impersonate(std::move(maker), std::move(target), context);
}

/// Reads the universe that a file names, for itself or within its source, and
/// lets secrets go there if it may be trusted.
std::string read_universe(field_reader& fields, maker_context& context) {
  constexpr auto field = "universe_domain";
  auto source = fields.within("source_credentials");
  auto& from = fields.has(field) ? fields : source;
  auto result
    = from.has(field) ? from.required(field) : std::string{default_universe};
  auto fault = trust_universe(context.rules, result, context.service_host);
  if (!fault.empty())
    from.complain(field, fault);
  if (source.has(field) && source.required(field) != result)
    source.complain(field, "is not that of the credential around it");
  return result;
}

} // namespace

bool is_header_value(const std::string& x) {
  return std::all_of(x.begin(), x.end(),
                     [](char c) { return c > ' ' && c < 0x7f; });
}

std::string trust_universe(host_rules& rules, const std::string& universe,
                           const std::string& service_host) {
  endpoint service;
  service.host = service_host;
  // A mere ending of the host will not do: `com` is one of many.
  if (service_host == "bigquery." + universe)
    rules.universe = universe;
  // For a service on this machine nobody has named a universe but the file.
  else if (universe != default_universe && !service.is_loopback())
    return "is not that of bigquery.endpoint, which leads to " + service_host;
  return {};
}

std::variant<credential_file, std::string>
read_credential_file(const std::string& path, maker_context& context,
                     bool traded) {
  auto failure = [&path](const std::string& why) {
    return "cannot read the credentials in " + path + ": " + why;
  };
  auto file = read_small_file(path);
  if (!file.fault.empty())
    return failure(file.fault);
  // The parser's own words would quote the file.
  auto object = parse_json(file.text);
  if (!object.is_object())
    return failure(object_fault(file.text, object));
  field_reader fields{"credentials in " + path + ": ", object};
  if (read_universe(fields, context) != default_universe)
    context.grants = false; // only Google's own universe has them
  credential_file result;
  result.quota_project = fields.optional("quota_project_id");
  if (!is_header_value(result.quota_project))
    fields.complain("quota_project_id", "is not the id of a project");
  result.maker
    = read_maker(fields, traded ? context.for_source() : context, false);
  if (!fields.complaint().empty())
    return fields.complaint();
  return result;
}

} // namespace bqs::http
