#include "http/authorized_user.hpp"

#include <utility>

#include "http/form.hpp"
#include "http/token_answer.hpp"

namespace bqs::http {

namespace {

class authorized_user final : public token_maker {
public:
  authorized_user(token_url where, std::string id, std::string secret,
                  std::string refresh_token,
                  std::shared_ptr<token_client> client)
    : where_(std::move(where)), id_(std::move(id)), secret_(std::move(secret)),
      refresh_token_(std::move(refresh_token)), client_(std::move(client)) {
    // nop
  }

  granted make() override {
    auto answer = client_->post_form(
      where_, encode_form({{"grant_type", "refresh_token"},
                           {"client_id", id_},
                           {"client_secret", secret_},
                           {"refresh_token", refresh_token_}}));
    return read_grant(answer, where_.name(), {secret_, refresh_token_});
  }

private:
  token_url where_;
  std::string id_;
  std::string secret_;
  std::string refresh_token_;
  std::shared_ptr<token_client> client_;
};

} // namespace

token_maker_ptr read_authorized_user(field_reader& fields,
                                     const maker_context& context) {
  auto id = fields.required("client_id");
  auto secret = fields.required("client_secret");
  auto refresh_token = fields.required("refresh_token");
  auto uri = fields.has("token_uri")
               ? fields.required("token_uri")
               : "https://oauth2." + context.rules.universe + "/token";
  auto where = parse_token_url(uri, context.rules);
  if (auto* wrong = std::get_if<std::string>(&where))
    fields.complain("token_uri", *wrong);
  if (!fields.complaint().empty())
    return nullptr;
  return std::make_unique<authorized_user>(
    std::get<token_url>(std::move(where)), std::move(id), std::move(secret),
    std::move(refresh_token), context.client);
}

} // namespace bqs::http
