#include "http/metadata_server.hpp"

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include "http/environment.hpp"
#include "http/form.hpp"
#include "http/token_answer.hpp"

namespace bqs::http {

namespace {

using namespace std::chrono_literals;

constexpr auto root = "/computeMetadata/v1/";

/// Without it nothing is answered, so that no other program can be led to ask.
connection::headers flavor() {
  return {{"Metadata-Flavor", "Google"}};
}

bool is_google(const answer& x) {
  return x.reach == reach::answered && x.metadata_flavor == "Google";
}

class machine final : public token_maker {
public:
  machine(token_url where, std::shared_ptr<token_client> client)
    : where_(std::move(where)), client_(std::move(client)) {
    // nop
  }

  granted make() override {
    auto answer = client_->get(where_, flavor());
    auto who = "the metadata server at " + where_.name();
    if (answer.reach == reach::answered && !is_google(answer))
      return who + ": the answer is not from a metadata server";
    return read_grant(answer, who, {});
  }

private:
  token_url where_;
  std::shared_ptr<token_client> client_;
};

/// The scopes as the server takes them; the machine's own may be less.
std::string query(const std::vector<std::string>& scopes) {
  std::string result;
  for (auto& x : scopes)
    result += (result.empty() ? "" : ",") + encode_form(x);
  return result;
}

/// It answers, and not that it cannot do so now.
bool is_final(const answer& x) {
  return x.reach == reach::answered && x.status < 500;
}

/// A machine that has only just been started may miss the first answers.
answer ask(token_client& client, const token_url& where) {
  constexpr auto times = 3;
  auto result = client.get(where, flavor(), 3s);
  for (auto i = 1; i < times && !is_final(result); ++i) {
    std::this_thread::sleep_for(500ms);
    result = client.get(where, flavor(), 3s);
  }
  return result;
}

bool is_domain(const std::string& x) {
  return !x.empty() && x.size() < 254
         && std::all_of(x.begin(), x.end(), [](char c) {
              return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')
                     || c == '-' || c == '.';
            });
}

} // namespace

std::variant<metadata_server, open_fault>
find_metadata_server(const maker_context& context) {
  auto named = environment("GCE_METADATA_HOST");
  auto host = named.empty() ? "metadata.google.internal" : named;
  auto url
    = parse_token_url("http://" + host + root + "universe/universe-domain",
                      context.rules, link_local::allowed);
  if (auto* wrong = std::get_if<std::string>(&url))
    return open_fault{"GCE_METADATA_HOST " + *wrong};
  auto& where = std::get<token_url>(url);
  auto answer = ask(*context.client, where);
  if (answer.reach != reach::answered)
    return open_fault{"no metadata server answers at " + where.name() + " ("
                        + answer.error + ")",
                      true};
  if (!is_google(answer))
    return open_fault{"what answers at " + where.name()
                      + " is no metadata server"};
  if (!is_final(answer))
    return open_fault{"the metadata server at " + where.name()
                        + " answers with status "
                        + std::to_string(answer.status),
                      true};
  metadata_server result;
  result.universe = default_universe;
  // Older servers know none.
  if (answer.status == 200) {
    auto& text = answer.body;
    text.erase(std::min(text.find_first_of("\r\n"), text.size()));
    if (!text.empty() && !is_domain(text))
      return open_fault{"the metadata server at " + where.name()
                        + " names a universe that is no domain"};
    if (!text.empty())
      result.universe = text;
  }
  where.path = std::string{root} + "instance/service-accounts/default/token"
               + "?scopes=" + query(context.scopes);
  result.maker = std::make_unique<machine>(where, context.client);
  return result;
}

} // namespace bqs::http
