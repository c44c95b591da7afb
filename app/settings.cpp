#include "app/settings.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <variant>

#include "actors/option_ranges.hpp"
#include "app/value.hpp"
#include "bqstreamer/table_ref.hpp"
#include "http/endpoint.hpp"
#include "http/proxy.hpp"
#include "http/token_url.hpp"

namespace bqs::app {

namespace {

// -- one maker for each kind of value -----------------------------------------

// NOLINTBEGIN(bugprone-macro-parentheses): it is a function, not a value
// `where` is called with settings and table options, const or not, and returns
// a reference to the member that holds the value.
#define BQS_MEMBER(path)                                                       \
  []([[maybe_unused]] auto& all, [[maybe_unused]] auto& table) -> auto& {      \
    return path;                                                               \
  }
// NOLINTEND(bugprone-macro-parentheses)

/// Puts together what all kinds have in common.
/// @param read returns the value that a text stands for, if it is one
/// @param text returns the text of a value
template <class Where, class Read, class Text>
setting make(std::string group, std::string name, std::string placeholder,
             std::string allowed, std::string meaning, Where where, Read read,
             Text text) {
  setting result;
  result.group = std::move(group);
  result.name = std::move(name);
  result.placeholder = std::move(placeholder);
  result.allowed = std::move(allowed);
  result.meaning = std::move(meaning);
  result.write = [where, read](settings& all, table_options& table,
                               const ini_value& value) {
    auto x = read(value);
    if (x)
      where(all, table) = std::move(*x);
    return x.has_value();
  };
  result.show = [where, text](const settings& all, const table_options& table) {
    return text(where(all, table));
  };
  return result;
}

template <class Where>
setting integer(std::string group, std::string name, Where where,
                ranges::number in, std::string meaning) {
  using type = std::decay_t<decltype(where(std::declval<settings&>(),
                                           std::declval<table_options&>()))>;
  auto allowed = "an integer from " + std::to_string(in.least) + " to "
                 + std::to_string(in.most);
  auto read = [in](const ini_value& x) -> std::optional<type> {
    auto value = parse_integer(x.text);
    if (x.quoted || !value || *value < in.least || *value > in.most)
      return std::nullopt;
    return static_cast<type>(*value);
  };
  return make(std::move(group), std::move(name), "N", std::move(allowed),
              std::move(meaning), where, read,
              [](type x) { return std::to_string(x); });
}

template <class Where>
setting size(std::string group, std::string name, Where where,
             ranges::number in, std::string meaning) {
  auto allowed
    = "a size from " + show_size(in.least) + " to " + show_size(in.most);
  auto read = [in](const ini_value& x) -> std::optional<std::size_t> {
    auto value = parse_size(x.text);
    if (x.quoted || !value || *value < in.least || *value > in.most)
      return std::nullopt;
    return *value;
  };
  auto result
    = make(std::move(group), std::move(name), "SIZE", std::move(allowed),
           std::move(meaning), where, read, show_size);
  result.examples = "65536, 64KiB, 1MiB or 1GiB";
  return result;
}

template <class Where>
setting duration(std::string group, std::string name, Where where,
                 ranges::time in, std::string meaning) {
  using type = std::optional<std::chrono::milliseconds>;
  auto allowed = "a time from " + show_duration(in.least) + " to "
                 + show_duration(in.most);
  auto read = [in](const ini_value& x) -> type {
    auto value = parse_duration(x.text);
    if (x.quoted || !value || *value < in.least || *value > in.most)
      return std::nullopt;
    return value;
  };
  auto result
    = make(std::move(group), std::move(name), "TIME", std::move(allowed),
           std::move(meaning), where, read, show_duration);
  result.examples = "500ms, 1s, 5min or 24h";
  return result;
}

template <class Where>
setting boolean(std::string group, std::string name, Where where,
                std::string meaning) {
  auto read = [](const ini_value& x) {
    return x.quoted ? std::nullopt : parse_boolean(x.text);
  };
  return make(std::move(group), std::move(name), "true|false", "true or false",
              std::move(meaning), where, read,
              [](bool x) -> std::string { return x ? "true" : "false"; });
}

/// A text that is not shown in messages: it may hold what is none of theirs.
template <class Where, class Check>
setting text(std::string group, std::string name, Where where, Check check,
             std::string placeholder, std::string allowed,
             std::string meaning) {
  auto read = [check](const ini_value& x) -> std::optional<std::string> {
    if (!check(x.text))
      return std::nullopt;
    return x.text;
  };
  auto result
    = make(std::move(group), std::move(name), std::move(placeholder),
           std::move(allowed), std::move(meaning), where, read, show_text);
  result.shown = false;
  return result;
}

/// One of a few words.
template <class Where, class T>
setting choice(std::string group, std::string name, Where where,
               std::vector<std::pair<std::string, T>> words,
               std::string meaning) {
  std::string allowed;
  std::string placeholder;
  for (auto& [word, value] : words) {
    allowed += (allowed.empty() ? "one of " : ", ") + word;
    placeholder += (placeholder.empty() ? "" : "|") + word;
  }
  auto read = [words](const ini_value& x) -> std::optional<T> {
    for (auto& [word, value] : words)
      if (word == x.text)
        return value;
    return std::nullopt;
  };
  auto show = [words](const T& x) {
    auto same = [&x](auto& candidate) { return candidate.second == x; };
    return std::find_if(words.begin(), words.end(), same)->first;
  };
  return make(std::move(group), std::move(name), std::move(placeholder),
              std::move(allowed), std::move(meaning), where, read, show);
}

/// The number of tries has a word beside its numbers.
setting attempts(std::string group, std::string name, std::string meaning) {
  constexpr std::uint64_t most = 1'000'000;
  auto read = [](const ini_value& x) -> std::optional<std::uint32_t> {
    if (x.text == "unlimited")
      return retry_options::unlimited;
    auto value = parse_integer(x.text);
    if (x.quoted || !value || *value > most)
      return std::nullopt;
    return static_cast<std::uint32_t>(*value);
  };
  auto show = [](std::uint32_t x) -> std::string {
    return x == retry_options::unlimited ? "unlimited" : std::to_string(x);
  };
  return make(std::move(group), std::move(name), "unlimited|N",
              "unlimited or an integer from 0 to 1000000", std::move(meaning),
              BQS_MEMBER(table.retry.max_attempts), read, show);
}

/// A list in one value.
template <class Where, class Check>
setting list(std::string group, std::string name, Where where, Check check,
             bool may_be_empty, std::string placeholder, std::string allowed,
             std::string meaning) {
  using texts = std::vector<std::string>;
  auto read
    = [check, may_be_empty](const ini_value& x) -> std::optional<texts> {
    texts result;
    std::string_view rest = x.text;
    while (true) {
      rest.remove_prefix(std::min(rest.find_first_not_of(" ,"), rest.size()));
      if (rest.empty())
        break;
      auto one = rest.substr(0, rest.find_first_of(" ,"));
      if (!check(std::string{one}))
        return std::nullopt;
      result.emplace_back(one);
      rest.remove_prefix(one.size());
    }
    if (result.empty() && !may_be_empty)
      return std::nullopt;
    return result;
  };
  auto show = [](const texts& xs) {
    std::string all;
    for (auto& x : xs)
      all += (all.empty() ? "" : " ") + x;
    return show_text(all);
  };
  auto result = make(std::move(group), std::move(name), std::move(placeholder),
                     std::move(allowed), std::move(meaning), where, read, show);
  return result;
}

/// It is shown without its password.
setting proxy(std::string group, std::string name, std::string meaning) {
  auto read = [](const ini_value& x) -> std::optional<std::string> {
    if (std::holds_alternative<std::string>(http::proxy_rules::read(
          x.text, [](const char*) -> const char* { return nullptr; })))
      return std::nullopt;
    return x.text;
  };
  auto result = make(
    std::move(group), std::move(name), "none|URL",
    "http://[USER:PASSWORD@]HOST:PORT, none, or empty", std::move(meaning),
    BQS_MEMBER(all.node.bigquery.proxy), read,
    [](const std::string& x) { return show_text(http::without_password(x)); });
  result.shown = false;
  return result;
}

// -- what texts may be --------------------------------------------------------

bool is_word(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z')
         || (c >= 'A' && c <= 'Z') || c == '_';
}

bool is_printable(char c) {
  return c >= 0x20 && c < 0x7F;
}

bool is_host(const std::string& x) {
  return !x.empty() && x.size() < 256
         && std::all_of(x.begin(), x.end(), [](char c) {
              return is_word(c) || c == '.' || c == '-' || c == ':';
            });
}

bool is_token_host(const std::string& x) {
  return !http::read_host(x).empty();
}

bool is_endpoint(const std::string& x) {
  return std::holds_alternative<http::endpoint>(http::parse_endpoint(x));
}

bool is_project(const std::string& x) {
  return x.empty()
         || check(table_ref{x, "dataset", "table", std::string{}}).empty();
}

bool is_path(const std::string& x) {
  return x.size() < 4096;
}

bool is_scope(const std::string& x) {
  return x.starts_with("https://") && x.find('"') == std::string::npos;
}

/// An email, as Google makes them for service accounts.
bool is_account(const std::string& x) {
  return x.size() <= 320 && x.find('@') != std::string::npos
         && std::all_of(x.begin(), x.end(), [](char c) {
              return is_word(c) || c == '.' || c == '-' || c == '@' || c == ':'
                     || c == '/';
            });
}

/// An account, or the URL that gives tokens of one; which one is right is told
/// with the other credentials.
bool is_account_or_url(const std::string& x) {
  return x.empty() || is_account(x);
}

bool is_suffix(const std::string& x) {
  return x.size() <= 1024 && std::all_of(x.begin(), x.end(), is_word);
}

bool is_trace_id(const std::string& x) {
  return x.size() <= 36 && std::all_of(x.begin(), x.end(), is_printable);
}

// -- the list -----------------------------------------------------------------

std::vector<setting> make_list() {
  using words = std::vector<std::pair<std::string, std::string>>;
  return {
    text("node", "address", BQS_MEMBER(all.node_address), is_host, "HOST",
         "an IP address or host name of this machine",
         "Address on which the node listens for senders and operators"),
    integer("node", "port", BQS_MEMBER(all.node_port), {0, 65535},
            "Port on which it listens; 0 picks a free one"),
    text("node", "tls-certificate", BQS_MEMBER(all.node_access.certificate),
         is_path, "FILE", "the path of a PEM file, or empty",
         "Certificate that is shown to peers; with it, its key and "
         "tls-ca-file, TLS is demanded of all"),
    text("node", "tls-key", BQS_MEMBER(all.node_access.key), is_path, "FILE",
         "the path of a PEM file, or empty", "Its key"),
    text("node", "tls-ca-file", BQS_MEMBER(all.node_access.ca_file), is_path,
         "FILE", "the path of a PEM file, or empty",
         "Authority that peers' certificates must be of; all three or none, "
         "and without them the node listens on loopback only"),
    text("node", "tls-passphrase-file",
         BQS_MEMBER(all.node_access.passphrase_file), is_path, "FILE",
         "the path of a file, or empty", "File whose first line opens the key"),
    text("node", "admin-pass-file", BQS_MEMBER(all.node_access.admin_pass_file),
         is_path, "FILE", "the path of a file, or empty",
         "File whose first line all must know who flush, pause, resume, drain, "
         "or ask for the status or failures; empty: whoever may connect"),
    integer("node", "workers", BQS_MEMBER(all.node_workers), {0, 256},
            "Threads on which the node's actors take turns; 0: one, or two if "
            "there are four cores or more"),

    text("bigquery", "endpoint", BQS_MEMBER(all.node.bigquery.endpoint),
         is_endpoint, "URL",
         "a URL without a path, https://HOST[:PORT], or http:// to this "
         "machine",
         "Where the service is; the sandbox is http://127.0.0.1:9050"),
    text("bigquery", "project", BQS_MEMBER(all.node.bigquery.project),
         is_project, "ID", "the id of a project, such as my-project-1234",
         "Project of the tables that name none"),
    text("bigquery", "credentials", BQS_MEMBER(all.node.bigquery.credentials),
         is_path, "FILE", "the path of a credential file, none, or empty",
         "Credential file, or none for an endpoint on this machine; empty is "
         "what Google's libraries find: the file that "
         "GOOGLE_APPLICATION_CREDENTIALS names, gcloud's own, or the metadata "
         "server"),
    list("bigquery", "scopes", BQS_MEMBER(all.node.bigquery.scopes), is_scope,
         false, "URL[,URL...]",
         "one or more https:// URLs with blanks or commas in between",
         "What tokens are asked to permit"),
    choice("bigquery", "token-source",
           BQS_MEMBER(all.node.bigquery.token_source),
           std::vector<std::pair<std::string, token_source>>{
             {"self-signed", token_source::self_signed},
             {"token-endpoint", token_source::token_endpoint}},
           "How a service account comes by tokens: self-signed makes them "
           "with its key, token-endpoint asks the token_uri of the key file"),
    text("bigquery", "impersonate", BQS_MEMBER(all.node.bigquery.impersonate),
         is_account_or_url, "ACCOUNT",
         "the email of a service account, the URL of its "
         "generateAccessToken, or empty",
         "Service account to act as, on top of the credentials"),
    list("bigquery", "impersonate-delegates",
         BQS_MEMBER(all.node.bigquery.impersonate_delegates), is_account, true,
         "ACCOUNT[,ACCOUNT...]",
         "emails of service accounts with blanks or commas in between",
         "Service accounts in between, each of which may act as the next"),
    text("bigquery", "quota-project",
         BQS_MEMBER(all.node.bigquery.quota_project), is_project, "ID",
         "the id of a project, or empty",
         "Project that pays for requests; empty is "
         "GOOGLE_CLOUD_QUOTA_PROJECT, or what the credential file says"),
    list("bigquery", "allowed-token-hosts",
         BQS_MEMBER(all.node.bigquery.allowed_token_hosts), is_token_host, true,
         "HOST[,HOST...]",
         "host names or addresses without a port, with blanks or commas in "
         "between",
         "Hosts beside this machine and Google's to which the URLs of a "
         "credential file may lead; what it holds is sent there"),
    text("bigquery", "ca-file", BQS_MEMBER(all.node.bigquery.ca_file), is_path,
         "FILE", "the path of a PEM file, or empty",
         "Certificate authorities that are trusted instead of the system's"),
    text("bigquery", "client-certificate",
         BQS_MEMBER(all.node.bigquery.client_certificate), is_path, "FILE",
         "the path of a PEM file, or empty",
         "Certificate of this node for a service that asks for one, with those "
         "between it and its authority's"),
    text("bigquery", "client-key", BQS_MEMBER(all.node.bigquery.client_key),
         is_path, "FILE",
         "the path of a PEM file without a passphrase, or empty", "Its key"),
    proxy("bigquery", "proxy",
          "Proxy on the way to the service; empty is what https_proxy and "
          "no_proxy say in the environment"),
    duration("bigquery", "timeout", BQS_MEMBER(all.node.bigquery.timeout),
             ranges::bigquery_timeout,
             "Time that one request may take, connecting included"),
    duration("bigquery", "connect-timeout",
             BQS_MEMBER(all.node.bigquery.connect_timeout),
             ranges::bigquery_connect_timeout,
             "Time that a new connection may take: name, TCP, proxy and TLS"),
    duration("bigquery", "write-timeout",
             BQS_MEMBER(all.node.bigquery.write_timeout),
             ranges::bigquery_write_timeout,
             "Time that the sending of a request may stand still"),
    duration("bigquery", "answer-timeout",
             BQS_MEMBER(all.node.bigquery.answer_timeout),
             ranges::bigquery_answer_timeout,
             "Time in which an answer must begin once the request is sent, and "
             "in which it may stand still"),
    size("bigquery", "max-answer-bytes",
         BQS_MEMBER(all.node.bigquery.max_answer_bytes),
         ranges::bigquery_max_answer_bytes, "Largest answer that is read"),
    boolean("bigquery", "compress", BQS_MEMBER(all.node.bigquery.compress),
            "Pack requests with gzip: a third of the bytes for twice the "
            "processor time; pays where the network is what is short"),

    integer("batch", "rows", BQS_MEMBER(table.batch.rows), ranges::batch_rows,
            "Rows that make a batch ready to be sent"),
    size("batch", "bytes", BQS_MEMBER(table.batch.bytes), ranges::batch_bytes,
         "Bytes that make it ready"),
    duration("batch", "age", BQS_MEMBER(table.batch.age), ranges::batch_age,
             "Age of its oldest row that makes it ready"),
    integer("batch", "max-rows", BQS_MEMBER(table.batch.max_rows),
            ranges::batch_max_rows,
            "Most rows of one request; it grows to this while it waits for "
            "its turn"),
    size("batch", "max-bytes", BQS_MEMBER(table.batch.max_bytes),
         ranges::batch_max_bytes,
         "Most bytes of one request; a larger row goes alone"),

    integer("failures", "keep", BQS_MEMBER(all.node.failures_keep),
            {0, 1'000'000},
            "Failed rows that are remembered for those who ask for the last "
            "ones, or come back"),
    size("failures", "keep-bytes", BQS_MEMBER(all.node.failures_keep_bytes),
         {0, ranges::GiB}, "Most bytes of them"),
    size("failures", "window", BQS_MEMBER(all.node.failures_window),
         ranges::failures_window,
         "Most bytes of failures on their way to one subscriber that it has "
         "not acknowledged, four times as many to all together; beyond, rows "
         "are not told but counted"),

    text("dead-letters", "directory",
         BQS_MEMBER(all.node.dead_letters.directory), is_path, "DIR",
         "a directory, or empty",
         "Where failed rows are kept on disk; empty: nowhere, they live with "
         "subscribers only"),
    size("dead-letters", "file-bytes",
         BQS_MEMBER(all.node.dead_letters.file_bytes),
         ranges::dead_letters_file_bytes,
         "Size of a file behind which a new one begins"),
    size("dead-letters", "max-bytes",
         BQS_MEMBER(all.node.dead_letters.max_bytes),
         {64 * ranges::KiB, 65536 * ranges::GiB},
         "Most bytes of all files in the directory"),
    choice(
      "dead-letters", "when-full", BQS_MEMBER(all.node.dead_letters.when_full),
      std::vector<std::pair<std::string, when_full>>{
        {"hold", when_full::hold}, {"drop-oldest", when_full::drop_oldest}},
      "At that limit: hold keeps failed rows in memory until there is "
      "room, drop-oldest removes the oldest file"),

    integer("receipts", "keep", BQS_MEMBER(all.node.receipts_keep),
            {0, 10'000'000},
            "Receipts that are remembered for senders that ask again"),
    duration("receipts", "keep-for", BQS_MEMBER(all.node.receipts_keep_for),
             ranges::receipts_keep_for, "How long they are remembered"),
    integer("receipts", "window", BQS_MEMBER(all.node.receipts_window),
            ranges::receipts_window,
            "Most receipts on their way to one sender that it has not "
            "acknowledged"),

    duration("retry", "base", BQS_MEMBER(table.retry.base), ranges::retry_base,
             "Longest wait before the second try; doubles with each further "
             "one"),
    duration("retry", "cap", BQS_MEMBER(table.retry.cap), ranges::retry_cap,
             "Longest wait before any try"),
    attempts("retry", "max-attempts",
             "Most tries of a row; 0 means one, never none"),
    duration("retry", "max-age", BQS_MEMBER(table.retry.max_age),
             ranges::retry_max_age,
             "Age at which a row is no more tried again, nor at all while its "
             "table is in trouble"),
    duration("retry", "missing-table-grace",
             BQS_MEMBER(table.retry.missing_table_grace),
             ranges::retry_missing_table_grace,
             "How long a table that does not exist is waited for"),
    choice(
      "retry", "past-dedup-window", BQS_MEMBER(table.retry.past_dedup_window),
      std::vector<std::pair<std::string, past_dedup_window>>{
        {"retry", past_dedup_window::retry}, {"fail", past_dedup_window::fail}},
      "What becomes of a row that an earlier try may have stored, when "
      "BigQuery has forgotten its insert id (after a minute): retry may "
      "store it twice, fail gives it up as uncertain"),
    integer("retry", "probe-rows", BQS_MEMBER(table.retry.probe_rows),
            ranges::retry_probe_rows,
            "Most rows of the request that finds out whether a table in "
            "trouble is well again"),
    integer("retry", "bisect-requests", BQS_MEMBER(table.retry.bisect_requests),
            ranges::retry_bisect_requests,
            "Most requests that are spent on finding the guilty rows of a "
            "batch that was refused without naming any"),

    integer("dispatch", "max-in-flight", BQS_MEMBER(all.node.max_in_flight),
            ranges::dispatch_max_in_flight,
            "Most requests at once, over all tables"),
    integer("dispatch", "start-in-flight", BQS_MEMBER(all.node.start_in_flight),
            ranges::dispatch_start_in_flight,
            "Requests at once with which the node begins to search for the "
            "number that gives the most; 0 keeps to dispatch.max-in-flight"),
    integer("dispatch", "retry-tokens", BQS_MEMBER(all.node.retry_tokens),
            {0, 1'000'000},
            "Requests that may find no service, over all tables; with half of "
            "them left, rows that were tried before go as probes only. Ten "
            "stored requests earn one; 0 means no limit"),

    integer("streamers", "per-table", BQS_MEMBER(all.node.streamers_per_table),
            ranges::streamers_per_table,
            "Streamers that share the rows of one table"),
    duration("streamers", "idle", BQS_MEMBER(all.node.streamers_idle),
             ranges::streamers_idle,
             "Time without rows after which a streamer is retired"),

    size("budget", "max-buffered-bytes",
         BQS_MEMBER(all.node.max_buffered_bytes),
         ranges::budget_max_buffered_bytes,
         "Most bytes of rows that the node holds; further ones are refused "
         "until there is room"),
    size("budget", "max-block-bytes", BQS_MEMBER(all.node.max_block_bytes),
         ranges::budget_max_block_bytes,
         "Largest block that a sender may send; at most half of "
         "budget.max-buffered-bytes"),

    choice("insert", "ids", BQS_MEMBER(table.insert.ids),
           std::vector<std::pair<std::string, insert_ids>>{
             {"automatic", insert_ids::automatic},
             {"own", insert_ids::own},
             {"none", insert_ids::none}},
           "Insert ids, by which the service drops copies: automatic gives "
           "one to rows without, own sends only the sender's, none sends none"),
    boolean("insert", "skip-invalid-rows",
            BQS_MEMBER(table.insert.skip_invalid_rows),
            "Let the service store the valid rows beside invalid ones at once"),
    boolean("insert", "ignore-unknown-values",
            BQS_MEMBER(table.insert.ignore_unknown_values),
            "Let the service drop fields that the table does not have"),
    text("insert", "template-suffix", BQS_MEMBER(table.insert.template_suffix),
         is_suffix, "TEXT", "at most 1024 letters, digits and underscores",
         "Suffix of the tables that the service makes from a template"),
    text("insert", "trace-id", BQS_MEMBER(table.insert.trace_id), is_trace_id,
         "TEXT", "at most 36 printable ASCII characters",
         "Sent with each request, to be found again in the service's logs"),

    duration("drain", "timeout", BQS_MEMBER(all.node.drain_timeout),
             ranges::drain_timeout,
             "Time to deliver what is held when the node stops; what is left "
             "then fails as shutdown"),

    choice("log", "level", BQS_MEMBER(all.log_level),
           words{{"debug", "debug"},
                 {"info", "info"},
                 {"warning", "warning"},
                 {"error", "error"},
                 {"off", "off"}},
           "Least weight of what is logged to standard error"),
    choice("log", "format", BQS_MEMBER(all.log_format),
           words{{"text", "text"}, {"json", "json"}},
           "Lines for people or one JSON object per line"),
  };
}

#undef BQS_MEMBER

} // namespace

const std::vector<setting>& all_settings() {
  static const auto list = make_list();
  return list;
}

std::string default_of(const setting& x) {
  static const settings defaults;
  return x.show(defaults, defaults.node.defaults);
}

} // namespace bqs::app
