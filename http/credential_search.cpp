#include "http/credential_search.hpp"

#include <sys/stat.h>

#include <cerrno>

#include "http/environment.hpp"

namespace bqs::http {

namespace {

/// Where `gcloud auth application-default login` writes; empty without a home.
std::string gcloud_file() {
  constexpr auto name = "/application_default_credentials.json";
  if (auto folder = environment("CLOUDSDK_CONFIG"); !folder.empty())
    return folder + name;
  if (auto home = environment("HOME"); !home.empty())
    return home + "/.config/gcloud" + name;
  return {};
}

/// A file that may not be looked at is there.
bool is_there(const std::string& path) {
  struct ::stat found {};
  return ::stat(path.c_str(), &found) == 0
         || (errno != ENOENT && errno != ENOTDIR);
}

} // namespace

credential_place find_credentials(const std::string& setting) {
  credential_place result;
  result.path = setting;
  if (result.path.empty())
    result.path = environment("GOOGLE_APPLICATION_CREDENTIALS");
  if (!result.path.empty())
    return result;
  auto file = gcloud_file();
  if (!file.empty() && is_there(file)) {
    result.path = file;
    return result;
  }
  result.tried = "no file in the settings or in GOOGLE_APPLICATION_CREDENTIALS";
  if (!file.empty())
    result.tried += ", no " + file;
  auto check = environment("NO_GCE_CHECK");
  result.may_be_machine = check != "true" && check != "1";
  return result;
}

} // namespace bqs::http
