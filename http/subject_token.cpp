#include "http/subject_token.hpp"

#include <optional>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "http/child_process.hpp"
#include "http/code_word.hpp"
#include "http/environment.hpp"
#include "http/json_text.hpp"
#include "http/request_head.hpp"
#include "http/small_file.hpp"
#include "http/token_answer.hpp"

namespace bqs::http {

namespace {

using nlohmann::json;
using found = std::variant<subject_token, std::string>;

/// How a text holds the token: as it is, or in a field of a JSON object.
struct token_format {
  /// Empty: the text is the token.
  std::string field;

  /// @param where begins a complaint.
  found extract(const std::string& text, const std::string& where) const {
    if (field.empty()) {
      auto end = text.find_last_not_of(" \t\r\n");
      if (end == std::string::npos)
        return where + " is empty";
      return subject_token{text.substr(0, end + 1)};
    }
    auto object = parse_json(text);
    if (!object.is_object())
      return where + " is " + object_fault(text, object);
    auto i = object.find(field);
    if (i == object.end() || !i->is_string()
        || i->get_ref<const std::string&>().empty())
      return where
             + " has no text in the field that subject_token_field_name "
               "names";
    return subject_token{i->get<std::string>()};
  }
};

token_format read_format(field_reader& source) {
  if (!source.has("format"))
    return {};
  auto fields = source.within("format");
  auto type = fields.optional("type");
  if (type == "json")
    return {fields.required("subject_token_field_name")};
  if (!type.empty() && type != "text")
    fields.complain("type", "is neither text nor json");
  return {};
}

// -- a file -------------------------------------------------------------------

class file_source final : public subject_source {
public:
  file_source(std::string path, token_format format)
    : path_(std::move(path)), format_(std::move(format)) {
    // nop
  }

  found read() override {
    auto file = read_small_file(path_);
    if (!file.fault.empty())
      return "cannot read the subject token in " + path_ + ": " + file.fault;
    return format_.extract(file.text, "the subject token in " + path_);
  }

private:
  std::string path_;
  token_format format_;
};

// -- a URL --------------------------------------------------------------------

class url_source final : public subject_source {
public:
  url_source(token_url where, connection::headers fields, token_format format,
             std::shared_ptr<token_client> client)
    : where_(std::move(where)), fields_(std::move(fields)),
      format_(std::move(format)), client_(std::move(client)) {
    // nop
  }

  found read() override {
    auto answer = client_->get(where_, fields_);
    auto who = "the subject token's " + where_.name();
    secrets sent{where_.path};
    for (auto& [name, value] : fields_)
      sent.emplace_back(value);
    if (answer.reach != reach::answered || answer.status != 200)
      return describe_refusal(answer, who, sent);
    return format_.extract(answer.body, who + ": the answer");
  }

private:
  token_url where_;
  connection::headers fields_;
  token_format format_;
  std::shared_ptr<token_client> client_;
};

std::unique_ptr<subject_source> read_url_source(field_reader& fields,
                                                const maker_context& context) {
  // The clouds' metadata servers, as Google's own, speak plain http.
  auto where = parse_token_url(fields.required("url"), context.rules,
                               link_local::allowed);
  if (auto* wrong = std::get_if<std::string>(&where))
    fields.complain("url", *wrong);
  auto headers = fields.pairs("headers");
  if (auto wrong = header_block{headers}.fault(); !wrong.empty())
    fields.complain("headers", "cannot be sent: " + wrong);
  auto format = read_format(fields);
  if (!fields.complaint().empty())
    return nullptr;
  return std::make_unique<url_source>(std::get<token_url>(std::move(where)),
                                      std::move(headers), std::move(format),
                                      context.client);
}

// -- an executable ------------------------------------------------------------

/// What an executable says, by the contract of Google's libraries.
class executable_answer {
public:
  explicit executable_answer(const std::string& text)
    : object_(parse_json(text)), too_deep_(is_too_deep(text)) {
    // nop
  }

  /// @param cached it is from a file, which must say when it ends.
  found judge(std::int64_t now, bool cached) const {
    if (too_deep_)
      return "prints what is nested too deep";
    if (!object_.is_object())
      return "does not print a JSON object";
    auto& version = member_of(object_, "version");
    if (!version.is_number_integer() || version != 1)
      return "prints a version other than 1";
    auto& success = member_of(object_, "success");
    if (!success.is_boolean())
      return "prints no success";
    if (!success.get<bool>()) {
      // Its message may hold anything.
      auto code = text_of(object_, "code");
      return "failed" + (is_code(code) ? " with code " + code : "");
    }
    auto& ends = member_of(object_, "expiration_time");
    if (ends.is_number() && ends.get<double>() <= static_cast<double>(now))
      return "prints a token that has ended";
    if (cached && !ends.is_number())
      return "prints no expiration_time, though there is an output_file";
    return token();
  }

private:
  found token() const {
    auto type = text_of(object_, "token_type");
    auto member = type == "urn:ietf:params:oauth:token-type:saml2"
                    ? "saml_response"
                  : type == "urn:ietf:params:oauth:token-type:jwt"
                      || type == "urn:ietf:params:oauth:token-type:id_token"
                    ? "id_token"
                    : nullptr;
    if (member == nullptr)
      return "prints a token_type that is not known";
    auto value = text_of(object_, member);
    if (value.empty())
      return std::string{"prints no "} + member;
    return subject_token{std::move(value)};
  }

  json object_;
  bool too_deep_;
};

class executable_source final : public subject_source {
public:
  executable_source(child_process what, std::string output_file,
                    const maker_context& context)
    : what_(std::move(what)), output_file_(std::move(output_file)),
      now_(context.now), client_(context.client) {
    // nop
  }

  found read() override {
    auto now
      = std::chrono::floor<std::chrono::seconds>(now_().time_since_epoch())
          .count();
    auto cached = !output_file_.empty();
    if (cached) {
      auto file = read_small_file(output_file_);
      if (file.fault.empty()) {
        auto kept = executable_answer{file.text}.judge(now, true);
        if (std::holds_alternative<subject_token>(kept))
          return kept;
      }
    }
    auto who = "the executable " + what_.command.front() + " ";
    auto ran = run_child(what_, client_->cancel_fd());
    if (!ran.fault.empty())
      return who + "did not give a subject token: " + ran.fault;
    if (ran.exit_code != 0)
      return who + "ended with code " + std::to_string(ran.exit_code);
    auto result = executable_answer{ran.output}.judge(now, cached);
    if (auto* why = std::get_if<std::string>(&result))
      return who + *why;
    return result;
  }

private:
  child_process what_;
  std::string output_file_;
  std::function<std::chrono::system_clock::time_point()> now_;
  std::shared_ptr<token_client> client_;
};

/// Splits at blanks and nowhere else: there is no shell to take anything for
/// quotes or variables.
std::vector<std::string> split(const std::string& command) {
  std::vector<std::string> result;
  for (std::size_t begin = 0; begin < command.size();) {
    auto end = std::min(command.find(' ', begin), command.size());
    if (end > begin)
      result.push_back(command.substr(begin, end - begin));
    begin = end + 1;
  }
  return result;
}

std::unique_ptr<subject_source>
read_executable_source(field_reader& source, const workload& who,
                       const maker_context& context) {
  if (environment("GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES") != "1") {
    source.complain("executable",
                    "is run only where the environment says "
                    "GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES=1");
    return nullptr;
  }
  auto fields = source.within("executable");
  child_process what;
  what.command = split(fields.required("command"));
  what.timeout = std::chrono::milliseconds{
    fields.integer("timeout_millis", 5'000, 120'000, 30'000)};
  auto output_file = fields.optional("output_file");
  if (!what.command.empty() && !what.command.front().starts_with('/'))
    fields.complain("command", "does not begin with an absolute path");
  if (!fields.complaint().empty())
    return nullptr;
  if (what.command.empty()) {
    fields.complain("command", "is empty");
    return nullptr;
  }
  what.variables = {{"GOOGLE_EXTERNAL_ACCOUNT_AUDIENCE", who.audience},
                    {"GOOGLE_EXTERNAL_ACCOUNT_TOKEN_TYPE", who.token_type},
                    {"GOOGLE_EXTERNAL_ACCOUNT_INTERACTIVE", "0"}};
  if (!who.email.empty())
    what.variables.emplace_back("GOOGLE_EXTERNAL_ACCOUNT_IMPERSONATED_EMAIL",
                                who.email);
  if (!output_file.empty())
    what.variables.emplace_back("GOOGLE_EXTERNAL_ACCOUNT_OUTPUT_FILE",
                                output_file);
  return std::make_unique<executable_source>(std::move(what),
                                             std::move(output_file), context);
}

} // namespace

std::unique_ptr<subject_source>
read_subject_source(field_reader& fields, const workload& who,
                    const maker_context& context) {
  if (!fields.has("credential_source")) {
    fields.complain("credential_source", "is missing");
    return nullptr;
  }
  auto source = fields.within("credential_source");
  for (auto* other : {"environment_id", "certificate"})
    if (source.has(other))
      source.complain(other, "is of a source that is not supported; file, url "
                             "and executable are");
  const char* first = nullptr;
  for (auto* one : {"file", "url", "executable"})
    if (source.has(one)) {
      if (first != nullptr)
        source.complain(one, std::string{"stands beside "} + first
                               + ", and only one of them can count");
      first = one;
    }
  if (!source.complaint().empty())
    return nullptr;
  if (source.has("file")) {
    auto path = source.required("file");
    auto format = read_format(source);
    if (!source.complaint().empty())
      return nullptr;
    return std::make_unique<file_source>(std::move(path), std::move(format));
  }
  if (source.has("url"))
    return read_url_source(source, context);
  if (source.has("executable"))
    return read_executable_source(source, who, context);
  fields.complain("credential_source", "has none of file, url and executable");
  return nullptr;
}

} // namespace bqs::http
