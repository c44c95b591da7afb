#include "http/service_account.hpp"

#include <optional>
#include <utility>

#include "http/form.hpp"
#include "http/impersonation.hpp"
#include "http/jwt.hpp"
#include "http/signing_key.hpp"
#include "http/token_answer.hpp"

namespace bqs::http {

namespace {

using std::chrono::seconds;

/// The longest that the service takes.
constexpr seconds token_span{3600};
/// A token dated after the service's own time is refused; clocks differ.
constexpr seconds back_dating{10};

class service_account final : public token_maker {
public:
  service_account(signing_key key, std::string key_id, std::string email,
                  const maker_context& context)
    : key_(std::move(key)), key_id_(std::move(key_id)),
      email_(std::move(email)), context_(context) {
    // nop
  }

  /// Has it ask there for tokens.
  void grant_at(token_url where, std::string audience) {
    where_ = std::move(where);
    audience_ = std::move(audience);
  }

  granted make() override {
    auto now = std::chrono::floor<seconds>(context_.now().time_since_epoch());
    auto from = now - back_dating;
    auto to = from + token_span;
    auto text = make_jwt(key_, key_id_,
                         {email_, join_scopes(context_.scopes), from.count(),
                          to.count(), audience_});
    if (!text)
      return "the key of " + email_ + " failed to sign a token";
    if (!where_)
      return grant{std::move(*text), to - now};
    auto answer = context_.client->post_form(
      *where_, encode_form(
                 {{"grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"},
                  {"assertion", *text}}));
    return read_grant(answer, where_->name(), {*text});
  }

private:
  signing_key key_;
  std::string key_id_;
  std::string email_;
  maker_context context_;
  std::optional<token_url> where_;
  std::string audience_;
};

} // namespace

token_maker_ptr read_service_account(field_reader& fields,
                                     const maker_context& context) {
  auto email = fields.required("client_email");
  if (!is_account_email(email))
    fields.complain("client_email", "is not the email of a service account");
  auto pem = fields.required_lines("private_key");
  auto key_id = fields.optional("private_key_id");
  auto uri = fields.has("token_uri")
               ? fields.required("token_uri")
               : std::string{"https://oauth2.googleapis.com/token"};
  auto where = parse_token_url(uri, context.rules);
  if (auto* wrong = std::get_if<std::string>(&where))
    fields.complain("token_uri", *wrong);
  if (!fields.complaint().empty())
    return nullptr;
  auto key = signing_key::from_pem(pem);
  if (!key) {
    fields.complain("private_key", "is not a usable RSA key in PEM");
    return nullptr;
  }
  auto result = std::make_unique<service_account>(
    std::move(*key), std::move(key_id), std::move(email), context);
  if (context.grants)
    result->grant_at(std::get<token_url>(std::move(where)), std::move(uri));
  return result;
}

} // namespace bqs::http
