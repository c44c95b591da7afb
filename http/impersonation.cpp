#include "http/impersonation.hpp"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "http/token_answer.hpp"

namespace bqs::http {

namespace {

constexpr std::string_view projects = "/v1/projects/";
constexpr std::string_view folder = "/serviceAccounts/";
constexpr std::string_view verb = ":generateAccessToken";

/// Whether a path is `/v1/projects/X/serviceAccounts/Y:generateAccessToken`.
bool names_account(std::string_view path) {
  if (!path.starts_with(projects) || !path.ends_with(verb))
    return false;
  path.remove_prefix(projects.size());
  auto project = path.substr(0, path.find('/'));
  return !project.empty() && project.find('?') == std::string_view::npos
         && path.substr(project.size()).starts_with(folder);
}

/// Whether it is an email or the number that stands for it.
bool is_account_name(std::string_view x) {
  auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  return is_account_email(x)
         || (!x.empty() && x.size() <= 64
             && std::all_of(x.begin(), x.end(), is_digit));
}

bool is_account(std::string_view x) {
  if (x.starts_with("projects/")) {
    auto at = x.find(folder);
    x.remove_prefix(at == std::string_view::npos ? x.size()
                                                 : at + folder.size());
  }
  return is_account_name(x);
}

class impersonated final : public token_maker {
public:
  impersonated(token_maker_ptr source, impersonation whom,
               const maker_context& context)
    : source_(std::move(source)), whom_(std::move(whom)),
      client_(context.client), now_(context.now) {
    nlohmann::json wish{
      {"scope", context.scopes},
      {"lifetime", std::to_string(whom_.lifetime.count()) + "s"}};
    if (!whom_.delegates.empty())
      wish["delegates"] = whom_.delegates;
    wish_ = wish.dump();
  }

  granted make() override {
    auto first = source_->make();
    auto* own = std::get_if<grant>(&first);
    if (own == nullptr)
      return first;
    auto answer = client_->post(whom_.where, "application/json", wish_,
                                {{"Authorization", "Bearer " + own->value}});
    return read_impersonation(answer,
                              whom_.where.name() + " for " + whom_.account(),
                              {own->value}, now_());
  }

private:
  token_maker_ptr source_;
  impersonation whom_;
  std::shared_ptr<token_client> client_;
  std::function<std::chrono::system_clock::time_point()> now_;
  std::string wish_;
};

} // namespace

bool is_account_email(std::string_view x) {
  auto is_fine = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
           || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_'
           || c == '@' || c == ':';
  };
  return x.size() <= 320 && std::all_of(x.begin(), x.end(), is_fine)
         && std::count(x.begin(), x.end(), '@') == 1 && !x.starts_with('@')
         && !x.ends_with('@');
}

bool are_accounts(const std::vector<std::string>& names) {
  return std::all_of(names.begin(), names.end(), is_account);
}

std::string impersonation::account() const {
  auto from = where.path.find(folder) + folder.size();
  return where.path.substr(from, where.path.size() - from - verb.size());
}

std::variant<impersonation, std::string>
parse_impersonation(const std::string& text, const host_rules& rules) {
  auto url = text;
  if (is_account_email(text))
    url = "https://iamcredentials." + rules.universe + "/v1/projects/-"
          + std::string{folder} + text + std::string{verb};
  auto where = parse_token_url(url, rules);
  if (auto* wrong = std::get_if<std::string>(&where))
    return *wrong;
  impersonation result{std::get<token_url>(std::move(where)), {}};
  auto& path = result.where.path;
  if (!names_account(path) || !is_account_name(result.account()))
    return "does not lead to "
           "/v1/projects/-/serviceAccounts/EMAIL:generateAccessToken";
  return result;
}

std::vector<std::string> full_names(std::vector<std::string> delegates) {
  for (auto& x : delegates)
    if (!x.starts_with("projects/"))
      x.insert(0, "projects/-/serviceAccounts/");
  return delegates;
}

token_maker_ptr impersonate(token_maker_ptr source, impersonation whom,
                            const maker_context& context) {
  return std::make_unique<impersonated>(std::move(source), std::move(whom),
                                        context);
}

} // namespace bqs::http
