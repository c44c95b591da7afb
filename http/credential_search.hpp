#pragma once

#include <string>

namespace bqs::http {

/// Where credentials were found, in the order of Google's libraries.
struct credential_place {
  /// Empty: nowhere but, perhaps, a metadata server.
  std::string path;
  /// Where else they were looked for, for people.
  std::string tried;
  /// NO_GCE_CHECK forbids to ask for a metadata server.
  bool may_be_machine = true;
};

/// Looks at the setting, GOOGLE_APPLICATION_CREDENTIALS (whose file need not be
/// there: a name that leads nowhere is a mistake, not another place to look)
/// and gcloud's own file.
credential_place find_credentials(const std::string& setting);

} // namespace bqs::http
