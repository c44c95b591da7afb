#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "http/token_maker.hpp"

namespace bqs::http {

/// As whom a credential acts.
struct impersonation {
  /// `generateAccessToken` of a service account.
  token_url where;
  /// Service accounts in between, each as `projects/-/serviceAccounts/EMAIL`.
  std::vector<std::string> delegates;
  std::chrono::seconds lifetime{3600};

  /// The account's email, or its number.
  std::string account() const;
};

/// Reads the URL of `generateAccessToken`, or an email, which stands for the
/// URL in the universe. Else says what is wrong, in words that follow a name.
std::variant<impersonation, std::string>
parse_impersonation(const std::string& text, const host_rules& rules);

/// Whether `x` is such as Google makes the emails of service accounts.
bool is_account_email(std::string_view x);

/// Whether all are service accounts, by email or number, perhaps as
/// `projects/-/serviceAccounts/EMAIL`.
bool are_accounts(const std::vector<std::string>& names);

/// Writes delegates in full that are given as emails.
std::vector<std::string> full_names(std::vector<std::string> delegates);

/// Trades each token of `source` for one of the account.
token_maker_ptr impersonate(token_maker_ptr source, impersonation whom,
                            const maker_context& context);

} // namespace bqs::http
