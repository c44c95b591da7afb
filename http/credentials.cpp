#include "http/credentials.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <system_error>
#include <utility>

#include <nlohmann/json.hpp>

#include "http/jwt.hpp"
#include "http/signing_key.hpp"

namespace bqs::http {

namespace {

using nlohmann::json;
using std::chrono::seconds;

/// The longest that the service takes.
constexpr seconds token_span{3600};
/// A token dated after the service's own time is refused; clocks differ.
constexpr seconds back_dating{10};
/// And one that ends while its request is under way is, too.
constexpr seconds margin{60};

constexpr std::size_t max_file_bytes = 64 * 1024;

// -- kinds of credentials -----------------------------------------------------

class no_credentials final : public credentials {
public:
  std::variant<token, std::string> fetch() override {
    return token{{}, seconds{std::chrono::hours{24 * 365}}};
  }
};

/// Signs its own tokens with the key of a service account.
class service_account final : public credentials {
public:
  service_account(signing_key key, std::string key_id, std::string email,
                  std::string scope, wall_clock now)
    : key_(std::move(key)), key_id_(std::move(key_id)),
      email_(std::move(email)), scope_(std::move(scope)), now_(std::move(now)) {
    // nop
  }

  std::variant<token, std::string> fetch() override {
    auto now = std::chrono::floor<seconds>(now_().time_since_epoch());
    auto from = now - back_dating;
    auto to = from + token_span;
    auto text
      = make_jwt(key_, key_id_, {email_, scope_, from.count(), to.count()});
    if (!text)
      return "the key of " + email_ + " failed to sign a token";
    return token{std::move(*text), to - now - margin};
  }

private:
  signing_key key_;
  std::string key_id_;
  std::string email_;
  std::string scope_;
  wall_clock now_;
};

// -- the key file -------------------------------------------------------------

/// A result, or the line that says why there is none.
template <class T>
using fallible = std::variant<T, std::string>;

fallible<json> read_json(const std::string& path) {
  auto failure = [&path](const std::string& why) {
    return "cannot read the credentials in " + path + ": " + why;
  };
  errno = 0;
  std::ifstream file{path, std::ios::binary};
  std::string text(max_file_bytes + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!file.eof() && file.gcount() == 0) {
    auto code = errno != 0 ? errno : EIO;
    return failure(std::system_category().message(code));
  }
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > max_file_bytes)
    return failure("larger than any key file");
  // The parser's own words would quote the file.
  auto result = json::parse(text, nullptr, false);
  if (result.is_discarded())
    return failure("not JSON");
  if (!result.is_object())
    return failure("not a JSON object");
  return result;
}

/// Reads string fields of a key file; remembers the first that is not right.
class key_fields {
public:
  key_fields(const std::string& path, const json& object)
    : path_(path), object_(object) {
    // nop
  }

  std::string required(const char* field) {
    if (!object_.contains(field))
      return complain(field, "is missing");
    auto result = optional(field);
    return result.empty() ? complain(field, "is empty") : result;
  }

  std::string optional(const char* field) {
    if (!object_.contains(field))
      return {};
    auto& value = object_[field];
    return value.is_string() ? value.get<std::string>()
                             : complain(field, "is not a string");
  }

  std::string complain(const char* field, const std::string& what) {
    if (complaint_.empty())
      complaint_ = "credentials in " + path_ + ": " + field + " " + what;
    return {};
  }

  /// Empty if all is well.
  const std::string& complaint() const noexcept {
    return complaint_;
  }

private:
  const std::string& path_;
  const json& object_;
  std::string complaint_;
};

/// Says which type is not supported; a text that is no type stays unsaid.
std::string unsupported(const std::string& type) {
  auto is_word = [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; };
  if (type.size() > 48 || !std::all_of(type.begin(), type.end(), is_word))
    return "is none that is known; service_account is supported";
  return "is " + type
         + ", which is not supported yet; service_account is supported";
}

std::string join(const std::vector<std::string>& words) {
  std::string result;
  for (const auto& word : words)
    result += (result.empty() ? "" : " ") + word;
  return result;
}

using opened = fallible<std::unique_ptr<credentials>>;

opened open_key_file(const std::string& path,
                     const std::vector<std::string>& scopes, wall_clock now) {
  auto text = read_json(path);
  if (auto* fault = std::get_if<std::string>(&text))
    return *fault;
  key_fields fields{path, std::get<json>(text)};
  auto type = fields.required("type");
  if (fields.complaint().empty() && type != "service_account")
    fields.complain("type", unsupported(type));
  auto email = fields.required("client_email");
  auto pem = fields.required("private_key");
  auto key_id = fields.optional("private_key_id");
  if (!fields.complaint().empty())
    return fields.complaint();
  auto key = signing_key::from_pem(pem);
  if (!key) {
    fields.complain("private_key", "is not a usable RSA key in PEM");
    return fields.complaint();
  }
  return std::make_unique<service_account>(std::move(*key), std::move(key_id),
                                           std::move(email), join(scopes),
                                           std::move(now));
}

} // namespace

credentials::~credentials() = default;

std::variant<std::unique_ptr<credentials>, std::string>
open_credentials(const credential_options& options, wall_clock now) {
  if (options.source == "none")
    return std::make_unique<no_credentials>();
  if (options.scopes.empty())
    return "no scope is asked for: a token would open nothing";
  if (!options.source.empty())
    return open_key_file(options.source, options.scopes, std::move(now));
  const auto* path = std::getenv("GOOGLE_APPLICATION_CREDENTIALS");
  if (path == nullptr || *path == '\0')
    return "no credentials: name a service-account key file in the settings, "
           "or in GOOGLE_APPLICATION_CREDENTIALS";
  return open_key_file(path, options.scopes, std::move(now));
}

} // namespace bqs::http
