#include "sandbox/metadata.hpp"

#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

#include "sandbox/errors.hpp"
#include "sandbox/resources.hpp"

namespace bqs::sandbox {

namespace {

const char* const platform_scope
  = "https://www.googleapis.com/auth/cloud-platform";

reply text_reply(int status, std::string text) {
  reply result;
  result.status = status;
  result.content_type = "application/text";
  result.body = std::move(text);
  return result;
}

reply not_found() {
  auto result = text_reply(404, "There is no such metadata.\n");
  result.content_type = "text/plain; charset=UTF-8";
  return result;
}

/// Takes a prefix off; false if it is not there.
bool strip(std::string_view& from, std::string_view prefix) {
  auto result = from.starts_with(prefix);
  if (result)
    from.remove_prefix(prefix.size());
  return result;
}

/// Clients look whether it is Google who answers.
reply sign(reply x) {
  x.headers.emplace_back("Metadata-Flavor", "Google");
  x.headers.emplace_back("Server", "Metadata Server for VM");
  return x;
}

} // namespace

metadata_server::metadata_server(token_office& office,
                                 const std::string& project)
  : office_(office), project_(project), email_(own_email(project)) {
  // nop
}

reply metadata_server::answer(const request& x) const {
  std::string_view path = x.path;
  if (path == "/")
    return sign(text_reply(200, "computeMetadata/\n"));
  // Not sent by a browser, nor through most holes in other servers.
  if (x.metadata_flavor != "Google")
    return sign(text_reply(403, "Missing Metadata-Flavor:Google header.\n"));
  strip(path, "/computeMetadata/v1/");
  if (path == "project/project-id")
    return sign(text_reply(200, project_));
  if (path == "project/numeric-project-id")
    return sign(text_reply(200, project_number(project_)));
  if (path == "universe/universe-domain")
    return sign(text_reply(200, "googleapis.com"));
  if (path == "instance" || path == "instance/")
    return sign(text_reply(200, "service-accounts/\n"));
  if (!strip(path, "instance/service-accounts/"))
    return sign(not_found());
  if (path.empty())
    return sign(text_reply(200, "default/\n" + email_ + "/\n"));
  if (!strip(path, "default") && !strip(path, email_))
    return sign(not_found());
  return sign(answer_account(std::string{path}));
}

reply metadata_server::answer_account(const std::string& what) const {
  if (what == "/token") {
    auto token = office_.grant(email_, "metadata");
    return json_reply({{"access_token", token.text},
                       {"expires_in", token.lifetime.count()},
                       {"token_type", "Bearer"}});
  }
  if (what == "/email")
    return text_reply(200, email_);
  if (what == "/scopes")
    return text_reply(200, std::string{platform_scope} + "\n");
  if (what.empty() || what == "/")
    return json_reply({{"aliases", {"default"}},
                       {"email", email_},
                       {"scopes", {platform_scope}}});
  return not_found();
}

std::string own_email(const std::string& project) {
  return "sandbox@" + project + ".iam.gserviceaccount.com";
}

} // namespace bqs::sandbox
