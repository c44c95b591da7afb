#include "http/external_account.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

#include "http/base64.hpp"
#include "http/form.hpp"
#include "http/impersonation.hpp"
#include "http/subject_token.hpp"
#include "http/token_answer.hpp"

namespace bqs::http {

namespace {

/// Who asks for the exchange, beside whom it is for.
struct sts_client {
  std::string id;
  std::string secret;

  /// What Google's libraries send behind `Basic `: RFC 6749's form, but without
  /// its encoding of each part.
  std::string proof() const {
    return base64(id + ":" + secret);
  }
};

class external_account final : public token_maker {
public:
  external_account(std::unique_ptr<subject_source> source, token_url where,
                   workload who, sts_client asker, std::string user_project,
                   const maker_context& context)
    : source_(std::move(source)), where_(std::move(where)),
      who_(std::move(who)), asker_(std::move(asker)), client_(context.client),
      scope_(join_scopes(context.scopes)) {
    // A client has a project of its own.
    if (!user_project.empty() && asker_.id.empty())
      options_ = nlohmann::json{{"userProject", user_project}}.dump();
  }

  granted make() override {
    auto read = source_->read();
    if (auto* why = std::get_if<std::string>(&read))
      return *why;
    auto& subject = std::get<subject_token>(read).value;
    std::vector<std::pair<std::string_view, std::string_view>> form{
      {"grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"},
      {"audience", who_.audience},
      {"scope", scope_},
      {"requested_token_type", "urn:ietf:params:oauth:token-type:access_token"},
      {"subject_token", subject},
      {"subject_token_type", who_.token_type}};
    if (!options_.empty())
      form.emplace_back("options", options_);
    connection::headers fields;
    std::string proof;
    if (!asker_.id.empty()) {
      proof = asker_.proof();
      fields.emplace_back("Authorization", "Basic " + proof);
    }
    auto answer = client_->post_form(where_, encode_form(form), fields);
    return read_grant(answer, where_.name(), {subject, asker_.secret, proof});
  }

private:
  std::unique_ptr<subject_source> source_;
  token_url where_;
  workload who_;
  sts_client asker_;
  std::shared_ptr<token_client> client_;
  std::string scope_;
  std::string options_;
};

/// What the service exchanges.
bool is_subject_type(std::string_view x) {
  constexpr std::array<std::string_view, 6> known{
    "urn:ietf:params:oauth:token-type:jwt",
    "urn:ietf:params:oauth:token-type:id_token",
    "urn:ietf:params:oauth:token-type:saml2",
    "urn:ietf:params:oauth:token-type:access_token",
    "urn:ietf:params:oauth:token-type:mtls",
    "urn:ietf:params:aws:token-type:aws4_request"};
  return std::find(known.begin(), known.end(), x) != known.end();
}

/// Reads as whom it acts, if as somebody.
std::optional<impersonation>
read_impersonation_url(field_reader& fields, const maker_context& context) {
  constexpr auto field = "service_account_impersonation_url";
  auto seconds = fields.within("service_account_impersonation")
                   .integer("token_lifetime_seconds", 600, 43'200, 3600);
  if (!fields.has(field))
    return std::nullopt;
  auto whom = parse_impersonation(fields.required(field), context.rules);
  if (auto* wrong = std::get_if<std::string>(&whom)) {
    fields.complain(field, *wrong);
    return std::nullopt;
  }
  auto result = std::get<impersonation>(std::move(whom));
  result.lifetime = std::chrono::seconds{seconds};
  return result;
}

} // namespace

token_maker_ptr read_external_account(field_reader& fields,
                                      const maker_context& context) {
  workload who{
    fields.required("audience"), fields.required("subject_token_type"), {}};
  if (!is_subject_type(who.token_type))
    fields.complain("subject_token_type", "is none that is known");
  auto where = parse_token_url(fields.required("token_url"), context.rules);
  if (auto* wrong = std::get_if<std::string>(&where))
    fields.complain("token_url", *wrong);
  auto whom = read_impersonation_url(fields, context);
  if (whom)
    who.email = whom->account();
  sts_client asker{fields.optional("client_id"),
                   fields.optional("client_secret")};
  if (asker.id.empty() && !asker.secret.empty())
    fields.complain("client_id", "is missing, and there is a client_secret");
  auto user_project = fields.optional("workforce_pool_user_project");
  auto source = read_subject_source(fields, who, context);
  if (!fields.complaint().empty())
    return nullptr;
  auto result = std::make_unique<external_account>(
    std::move(source), std::get<token_url>(std::move(where)), std::move(who),
    std::move(asker), std::move(user_project),
    whom ? context.for_source() : context);
  if (!whom)
    return result;
  return impersonate(std::move(result), std::move(*whom), context);
}

} // namespace bqs::http
