#include "http/credentials.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <exception>
#include <mutex>
#include <optional>
#include <tuple>
#include <utility>

#include "http/credential_file.hpp"
#include "http/credential_search.hpp"
#include "http/environment.hpp"
#include "http/impersonation.hpp"
#include "http/metadata_server.hpp"

namespace bqs::http {

namespace {

using std::chrono::seconds;

/// A token that ends while its request is under way is refused.
constexpr seconds margin{60};

class no_credentials final : public credentials {
public:
  std::variant<token, std::string> fetch() override {
    return token{{}, seconds{std::chrono::hours{24 * 365}}};
  }
};

/// By which a change of a file is seen, also one of whose it is and who may
/// read it.
using file_stamp = std::tuple<dev_t, ino_t, off_t, time_t, long, time_t, long>;

std::optional<file_stamp> stamp_of(const std::string& path) {
  struct ::stat x {};
  if (::stat(path.c_str(), &x) != 0)
    return std::nullopt;
  return file_stamp{x.st_dev,         x.st_ino,          x.st_size,
                    x.st_mtim.tv_sec, x.st_mtim.tv_nsec, x.st_ctim.tv_sec,
                    x.st_ctim.tv_nsec};
}

/// What was found, with what the settings put on top.
class found_credentials final : public credentials {
public:
  found_credentials(credential_options options, wall_clock now)
    : options_(std::move(options)) {
    context_.scopes = options_.scopes;
    context_.grants = options_.from == token_source::token_endpoint;
    context_.service_host = options_.service_host;
    context_.now = std::move(now);
    context_.client = std::make_shared<token_client>(options_.transport);
  }

  /// Finds and reads them. Returns what is wrong.
  open_fault open() {
    for (auto& x : options_.allowed_hosts) {
      auto host = read_host(x);
      if (host.empty())
        return {"must be host names or addresses without a port, not " + x,
                false, "bigquery.allowed-token-hosts"};
      context_.rules.allowed.push_back(std::move(host));
    }
    auto place = find_credentials(options_.source);
    path_ = place.path;
    if (!path_.empty()) {
      stamp_ = stamp_of(path_);
      return read_file();
    }
    auto nowhere = "no credentials: " + place.tried;
    if (!place.may_be_machine)
      return {nowhere + ", and NO_GCE_CHECK forbids to ask a metadata server"};
    auto machine
      = find_metadata_server(trades() ? context_.for_source() : context_);
    if (auto* why = std::get_if<open_fault>(&machine))
      return {nowhere + ", and " + why->text, why->may_pass};
    auto& it = std::get<metadata_server>(machine);
    auto context = context_;
    if (auto why
        = trust_universe(context.rules, it.universe, context.service_host);
        !why.empty())
      return {"the universe of the metadata server " + why};
    return take({std::move(it.maker), {}}, context);
  }

  std::variant<token, std::string> fetch() override {
    std::lock_guard guard{mutex_};
    auto made = maker_->make();
    if (auto* why = std::get_if<std::string>(&made))
      return *why;
    auto& it = std::get<grant>(made);
    // Of a short life little is left aside.
    auto spared = std::min(margin, it.span / 5);
    return token{std::move(it.value), it.span - spared, quota_project_};
  }

  credential_change refresh() override {
    std::lock_guard guard{mutex_};
    if (path_.empty())
      return {};
    // Before it is read: a change while we read will be seen.
    auto stamp = stamp_of(path_);
    auto same = stamp == stamp_;
    // What made the reading fail may pass without a trace on the file: a
    // folder before it that was closed, a want of descriptors.
    if (same && fault_.empty())
      return {};
    stamp_ = stamp;
    auto fault = read_file();
    if (fault.text.empty()) {
      fault_.clear();
      return {true};
    }
    auto line = fault.where + ": " + fault.text;
    if (line == std::exchange(fault_, line) && same)
      return {};
    return {false, std::move(line)};
  }

  void cancel() noexcept override {
    context_.client->cancel();
  }

private:
  bool trades() const {
    return !options_.impersonate.empty();
  }

  open_fault read_file() {
    auto context = context_;
    auto file = read_credential_file(path_, context, trades());
    if (auto* why = std::get_if<std::string>(&file))
      return {*why};
    return take(std::get<credential_file>(std::move(file)), context);
  }

  /// Puts the settings on top of `x`; changes nothing if they do not fit.
  /// @param context with the universe of `x`.
  open_fault take(credential_file x, const maker_context& context) {
    if (trades()) {
      auto whom = parse_impersonation(options_.impersonate, context.rules);
      if (auto* wrong = std::get_if<std::string>(&whom))
        return {*wrong, false, "bigquery.impersonate"};
      if (!are_accounts(options_.delegates))
        return {"must be service accounts", false,
                "bigquery.impersonate-delegates"};
      auto& target = std::get<impersonation>(whom);
      target.delegates = full_names(options_.delegates);
      x.maker = http::impersonate(std::move(x.maker), target, context);
    }
    auto payer = environment("GOOGLE_CLOUD_QUOTA_PROJECT");
    if (!is_header_value(payer))
      return {"is not the id of a project", false,
              "GOOGLE_CLOUD_QUOTA_PROJECT"};
    if (payer.empty())
      payer = std::move(x.quota_project);
    if (!options_.quota_project.empty())
      payer = options_.quota_project;
    quota_project_ = std::move(payer);
    maker_ = std::move(x.maker);
    return {};
  }

  credential_options options_;
  maker_context context_;
  std::string path_;
  std::optional<file_stamp> stamp_;
  /// Why the file as it is now is not used; empty if it is.
  std::string fault_;
  /// An actor that takes over may begin while its predecessor still waits for
  /// an answer.
  std::mutex mutex_;
  token_maker_ptr maker_;
  std::string quota_project_;
};

} // namespace

credentials::~credentials() = default;

credential_change credentials::refresh() {
  return {};
}

void credentials::cancel() noexcept {
  // nop
}

std::variant<std::unique_ptr<credentials>, open_fault>
open_credentials(const credential_options& options, wall_clock now) {
  if (options.source == "none") {
    if (!options.impersonate.empty())
      return open_fault{"nobody can act as another without credentials", false,
                        "bigquery.impersonate"};
    return std::make_unique<no_credentials>();
  }
  if (options.scopes.empty())
    return open_fault{"no scope is asked for: a token would open nothing",
                      false, "bigquery.scopes"};
  try {
    auto result = std::make_unique<found_credentials>(options, std::move(now));
    if (auto why = result->open(); !why.text.empty())
      return why;
    return result;
  } catch (const std::exception& x) { // out of descriptors
    return open_fault{std::string{"cannot set up credentials: "} + x.what()};
  }
}

} // namespace bqs::http
