#pragma once

#include <string>
#include <variant>

#include "http/token_maker.hpp"

namespace bqs::http {

/// What a credential file says.
struct credential_file {
  token_maker_ptr maker;
  /// Who pays; empty: the project of the tables.
  std::string quota_project;
};

/// Reads a file of any supported type, to its last field. On failure the line
/// names the file and the field, and holds no value of any.
/// @param context the universe of its rules is set here.
/// @param traded the tokens are only to get others with.
std::variant<credential_file, std::string>
read_credential_file(const std::string& path, maker_context& context,
                     bool traded);

/// Lets secrets go to the hosts of `universe` if the service is the one of that
/// very universe, `bigquery.UNIVERSE`. A file or a metadata server names the
/// universe, and is believed only where the settings lead there, too. Returns
/// why it does not go with the service; empty if it does.
std::string trust_universe(host_rules& rules, const std::string& universe,
                           const std::string& service_host);

/// Whether a header can carry the id of a project, or whatever it is.
bool is_header_value(const std::string& x);

} // namespace bqs::http
