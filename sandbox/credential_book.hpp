#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "sandbox/jwt.hpp"
#include "sandbox/rsa_key.hpp"

namespace bqs::sandbox {

/// Who may get tokens, learnt from the files that clients use. One thread at a
/// time. Each credential belongs to an account: a service account's email, the
/// `account` of a user (or else the client id), the audience of a workload.
class credential_book {
public:
  /// A registered refresh token.
  struct user {
    std::string client_id;
    std::string client_secret;
    std::string account;
  };

  /// What is known of a signature.
  enum class verdict : std::uint8_t { genuine, forged, unknown_account };

  /// Most accounts of each kind, keys of one, and bytes of a file.
  static constexpr std::size_t max_accounts = 1'000;
  static constexpr std::size_t max_keys = 10;
  static constexpr std::size_t max_file = 64u << 10;

  /// Adds what a credential file says, by its `type`:
  ///
  ///     service_account                client_email, private_key (or
  ///                                    public_key: PEM), private_key_id
  ///     authorized_user                client_id, client_secret,
  ///                                    refresh_token, account
  ///     external_account               audience, subject_token (not in real
  ///                                    files; without it any will do),
  ///                                    service_account_impersonation_url,
  ///                                    client_id, client_secret
  ///     impersonated_service_account   service_account_impersonation_url,
  ///                                    source_credentials: any of the above
  ///
  /// Returns a line that names the member if something is wrong (without any
  /// value of it); empty if all is well.
  std::string add(std::string_view text);

  /// Forgets all that belongs to an account. False if there was nothing.
  bool remove(std::string_view account);

  /// Says whether the issuer's registered key signed this.
  verdict check(const jwt& x) const;

  /// Returns whose refresh token it is; null if it is not known.
  const user* find_user(std::string_view refresh_token) const;

  /// Whether some user has this client id.
  bool knows_client(std::string_view client_id) const;

  bool knows_workload(std::string_view audience) const;

  /// Whether a workload's subject token would do.
  bool admits_workload(std::string_view audience,
                       std::string_view subject_token) const;

  /// What a client of a workload must show as HTTP Basic, the latest that was
  /// registered: `ID:SECRET`; empty if it need not.
  std::string workload_client(std::string_view audience) const;

  /// Whether `caller` may get tokens of `email`.
  bool may_impersonate(std::string_view caller, std::string_view email) const;

  /// One line of what there is: `account`, `type` and, of a service account,
  /// `key_ids`. No secrets.
  nlohmann::ordered_json list() const;

private:
  struct service_key {
    std::string id;
    rsa_public_key key;
  };

  std::string add(const nlohmann::json& file, std::string& account);
  std::string add_service_account(const nlohmann::json& file,
                                  std::string& account);
  std::string add_user(const nlohmann::json& file, std::string& account);
  std::string add_workload(const nlohmann::json& file, std::string& account);
  std::string add_impersonation(const nlohmann::json& file,
                                std::string& account);
  bool permit(const nlohmann::json& file, const std::string& account);

  std::map<std::string, std::vector<service_key>, std::less<>> keys_;
  /// By refresh token.
  std::map<std::string, user, std::less<>> users_;
  /// Subject tokens by audience; the empty one stands for any.
  std::map<std::string, std::set<std::string, std::less<>>, std::less<>>
    workloads_;
  /// What their clients show, by audience.
  std::map<std::string, std::string, std::less<>> workload_clients_;
  /// Who may act as the service account.
  std::map<std::string, std::set<std::string, std::less<>>, std::less<>>
    actors_;
};

} // namespace bqs::sandbox
