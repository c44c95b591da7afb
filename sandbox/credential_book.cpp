#include "sandbox/credential_book.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include <nlohmann/json.hpp>

#include "sandbox/tape.hpp"

namespace bqs::sandbox {

namespace {

using nlohmann::json;
using nlohmann::ordered_json;

/// Far above what is nested in a credential.
constexpr std::size_t max_depth = 64;

const char* const url_member = "service_account_impersonation_url";

/// Returns a member's text; empty if it is missing or none.
std::string text_of(const json& file, const char* name) {
  auto i = file.find(name);
  return i != file.end() && i->is_string() ? i->get<std::string>()
                                           : std::string{};
}

std::string wanted(const char* name) {
  return std::string{name} + " is missing, or not a text";
}

const char* const too_many = "there are too many accounts of this type";

/// Returns the email of `.../serviceAccounts/EMAIL:generateAccessToken`.
std::optional<std::string> email_in(std::string_view url) {
  constexpr std::string_view folder = "/serviceAccounts/";
  constexpr std::string_view verb = ":generateAccessToken";
  auto at = url.rfind(folder);
  if (at == std::string_view::npos || !url.ends_with(verb))
    return std::nullopt;
  url.remove_suffix(verb.size());
  url = url.substr(std::min(at + folder.size(), url.size()));
  return url.empty() ? std::nullopt : std::optional{std::string{url}};
}

/// Whether a map or set takes nothing new.
template <class Map>
bool is_full(const Map& x, const std::string& unless) {
  return x.size() >= credential_book::max_accounts && !x.contains(unless);
}

} // namespace

std::string credential_book::add(std::string_view text) {
  if (text.size() > max_file)
    return "it is larger than any credential file";
  // The tape goes first: it bounds the depth. Its own words, and those of the
  // parser, would quote the file.
  if (std::holds_alternative<std::string>(tape::parse(text, max_depth)))
    return "it is not a JSON object of at most " + std::to_string(max_depth)
           + " levels";
  auto file = json::parse(text, nullptr, false);
  if (!file.is_object())
    return "it is not a JSON object";
  std::string account;
  return add(file, account);
}

std::string credential_book::add(const json& file, std::string& account) {
  auto type = text_of(file, "type");
  if (type == "service_account")
    return add_service_account(file, account);
  if (type == "authorized_user")
    return add_user(file, account);
  if (type == "external_account")
    return add_workload(file, account);
  if (type == "impersonated_service_account")
    return add_impersonation(file, account);
  return "type must be service_account, authorized_user, external_account or "
         "impersonated_service_account";
}

std::string credential_book::add_service_account(const json& file,
                                                 std::string& account) {
  account = text_of(file, "client_email");
  if (account.empty())
    return wanted("client_email");
  auto member = file.contains("public_key") ? "public_key" : "private_key";
  auto key = rsa_public_key::from_pem(text_of(file, member));
  if (!key)
    return std::string{member} + " is not a usable RSA key in PEM";
  if (is_full(keys_, account))
    return too_many;
  auto id = text_of(file, "private_key_id");
  auto& keys = keys_[account];
  // The same id again: the key was replaced.
  std::erase_if(keys, [&](auto& x) { return x.id == id; });
  if (keys.size() >= max_keys)
    return "the account has too many keys";
  keys.push_back({std::move(id), std::move(*key)});
  return {};
}

std::string credential_book::add_user(const json& file, std::string& account) {
  for (auto name : {"client_id", "client_secret", "refresh_token"})
    if (text_of(file, name).empty())
      return wanted(name);
  user x{text_of(file, "client_id"), text_of(file, "client_secret"),
         text_of(file, "account")};
  if (x.account.empty())
    x.account = x.client_id;
  account = x.account;
  auto token = text_of(file, "refresh_token");
  if (is_full(users_, token))
    return too_many;
  users_.insert_or_assign(std::move(token), std::move(x));
  return {};
}

std::string credential_book::add_workload(const json& file,
                                          std::string& account) {
  account = text_of(file, "audience");
  if (account.empty())
    return wanted("audience");
  if (is_full(workloads_, account))
    return too_many;
  if (file.contains("subject_token") && text_of(file, "subject_token").empty())
    return wanted("subject_token");
  if (file.contains(url_member) && !permit(file, account))
    return wanted(url_member);
  auto& tokens = workloads_[account];
  if (tokens.size() >= max_accounts)
    return too_many;
  tokens.insert(text_of(file, "subject_token"));
  auto id = text_of(file, "client_id");
  workload_clients_[account]
    = id.empty() ? id : id + ":" + text_of(file, "client_secret");
  return {};
}

std::string credential_book::add_impersonation(const json& file,
                                               std::string& account) {
  if (!email_in(text_of(file, url_member)))
    return std::string{url_member} + " must end in /EMAIL:generateAccessToken";
  auto source = file.find("source_credentials");
  if (source == file.end() || !source->is_object()
      || text_of(*source, "type") == "impersonated_service_account")
    return "source_credentials must be a credential of another type";
  auto fault = add(*source, account);
  if (!fault.empty())
    return "source_credentials: " + fault;
  return permit(file, account) ? std::string{} : too_many;
}

bool credential_book::permit(const json& file, const std::string& account) {
  auto email = email_in(text_of(file, url_member));
  if (!email || is_full(actors_, *email))
    return false;
  auto& callers = actors_[*email];
  if (is_full(callers, account))
    return false;
  callers.insert(account);
  return true;
}

bool credential_book::remove(std::string_view account) {
  auto is_its = [account](auto& x) { return x.first == account; };
  auto gone = std::erase_if(keys_, is_its) + std::erase_if(workloads_, is_its);
  std::erase_if(workload_clients_, is_its);
  gone += std::erase_if(
    users_, [account](auto& x) { return x.second.account == account; });
  for (auto& [email, callers] : actors_)
    gone += std::erase_if(callers, [account](auto& x) { return x == account; });
  std::erase_if(actors_, [](auto& x) { return x.second.empty(); });
  return gone > 0;
}

credential_book::verdict credential_book::check(const jwt& x) const {
  auto keys = keys_.find(x.issuer);
  if (keys == keys_.end())
    return verdict::unknown_account;
  auto signs = [&x](const service_key& by) {
    // Not every client names the key.
    auto is_meant = x.key_id.empty() || by.id.empty() || by.id == x.key_id;
    return is_meant && by.key.verify(x.signed_text, x.signature);
  };
  return std::ranges::any_of(keys->second, signs) ? verdict::genuine
                                                  : verdict::forged;
}

const credential_book::user*
credential_book::find_user(std::string_view refresh_token) const {
  auto i = users_.find(refresh_token);
  return i == users_.end() ? nullptr : &i->second;
}

bool credential_book::knows_client(std::string_view client_id) const {
  return std::ranges::any_of(
    users_, [client_id](auto& x) { return x.second.client_id == client_id; });
}

bool credential_book::knows_workload(std::string_view audience) const {
  return workloads_.contains(audience);
}

bool credential_book::admits_workload(std::string_view audience,
                                      std::string_view subject_token) const {
  auto i = workloads_.find(audience);
  return i != workloads_.end()
         && (i->second.contains("") || i->second.contains(subject_token));
}

std::string credential_book::workload_client(std::string_view audience) const {
  auto i = workload_clients_.find(audience);
  return i != workload_clients_.end() ? i->second : std::string{};
}

bool credential_book::may_impersonate(std::string_view caller,
                                      std::string_view email) const {
  auto i = actors_.find(email);
  return i != actors_.end() && i->second.contains(caller);
}

ordered_json credential_book::list() const {
  auto result = ordered_json::array();
  for (auto& [email, keys] : keys_) {
    auto ids = ordered_json::array();
    for (auto& x : keys)
      ids.push_back(x.id);
    result.push_back({{"account", email},
                      {"type", "service_account"},
                      {"key_ids", std::move(ids)}});
  }
  for (auto& [token, x] : users_)
    result.push_back({{"account", x.account}, {"type", "authorized_user"}});
  for (auto& [audience, tokens] : workloads_)
    result.push_back({{"account", audience}, {"type", "external_account"}});
  for (auto& [email, callers] : actors_)
    result.push_back({{"account", email},
                      {"type", "impersonated_service_account"},
                      {"callers", callers}});
  return result;
}

} // namespace bqs::sandbox
