#include "app/settings_reader.hpp"

#include <fstream>
#include <set>

#include <sys/stat.h>

#include <gtest/gtest.h>

#include "app/temporary_directory.hpp"
#include "tests/scratch.hpp"

using namespace bqs;
using namespace bqs::app;

namespace {

const std::string example = BQS_SOURCE_DIR "/config/bqstreamer.ini";

settings accept(std::string_view text,
                const std::vector<setting_option>& options = {}) {
  auto result = read_settings("f.ini", text, options);
  if (auto why = std::get_if<std::string>(&result)) {
    ADD_FAILURE() << *why;
    return {};
  }
  return std::get<settings>(result);
}

std::string refuse(std::string_view text,
                   const std::vector<setting_option>& options = {}) {
  auto result = read_settings("f.ini", text, options);
  auto why = std::get_if<std::string>(&result);
  return why == nullptr ? "accepted" : *why;
}

/// Everything that is set, as text.
std::string dump(const settings& x) {
  std::string result;
  for (auto& one : all_settings())
    result += one.key() + "=" + one.show(x, x.node.defaults) + "\n";
  for (auto& [name, table] : x.node.tables)
    for (auto& one : all_settings())
      if (one.per_table())
        result += name + " " + one.key() + "=" + one.show(x, table) + "\n";
  return result;
}

/// The words of comments above `name = `, in one line.
std::string comment_above(const std::string& text, std::size_t line_number) {
  std::vector<std::string> lines{""};
  for (auto c : text)
    if (c == '\n')
      lines.emplace_back();
    else
      lines.back() += c;
  std::string result;
  for (auto i = line_number - 1; i-- > 0 && lines[i].starts_with("# ");)
    result = lines[i].substr(2) + " " + result;
  return result;
}

TEST(settings, nothing_said_means_the_defaults) {
  EXPECT_EQ(dump(accept("")), dump(settings{}));
  EXPECT_EQ(dump(accept("[batch]\n[node] # empty\n")), dump(settings{}));
}

TEST(settings, the_documented_file_says_the_defaults_and_names_every_key) {
  auto loaded = load_settings(example, {});
  ASSERT_TRUE(std::holds_alternative<settings>(loaded))
    << std::get<std::string>(loaded);
  EXPECT_EQ(dump(std::get<settings>(loaded)), dump(settings{}));
  auto text = test::text_of(example);
  auto parsed = parse_ini(text);
  std::vector<std::string> named;
  for (auto& section : std::get<std::vector<ini_section>>(parsed))
    for (auto& entry : section.entries) {
      named.push_back(section.name + "." + entry.key);
      for (auto& x : all_settings())
        if (x.key() == named.back()) {
          EXPECT_NE(comment_above(text, entry.line).find(x.meaning + "."),
                    std::string::npos)
            << x.key() << " needs the comment: " << x.meaning;
        }
    }
  std::vector<std::string> expected;
  for (auto& x : all_settings())
    expected.push_back(x.key());
  EXPECT_EQ(named, expected);
}

TEST(settings, the_table_section_of_the_documented_file_is_valid) {
  auto text = test::text_of(example);
  auto at = text.find("#   [table.shop.events]");
  ASSERT_NE(at, std::string::npos);
  std::string section;
  for (auto rest = text.substr(at); !rest.empty();) {
    auto end = rest.find('\n');
    section += rest.substr(4, end - 4) + "\n";
    rest.erase(0, end == std::string::npos ? rest.size() : end + 1);
  }
  EXPECT_EQ(accept(section).node.tables.size(), 1u);
}

TEST(settings, keys_are_unique_and_explained) {
  std::set<std::string> seen;
  for (auto& x : all_settings()) {
    EXPECT_TRUE(seen.insert(x.key()).second) << x.key();
    EXPECT_FALSE(x.allowed.empty()) << x.key();
    EXPECT_FALSE(x.placeholder.empty()) << x.key();
    EXPECT_FALSE(x.meaning.empty()) << x.key();
    EXPECT_NE(x.meaning.back(), '.') << x.key();
  }
}

TEST(settings, every_default_is_read_back_from_file_and_option) {
  for (auto& x : all_settings()) {
    auto value = default_of(x);
    auto text = "[" + x.group + "]\n" + x.name + " = " + value + "\n";
    EXPECT_EQ(dump(accept(text)), dump(settings{})) << text;
    if (value.starts_with('"')) // as the shell hands it over
      value = value.substr(1, value.size() - 2);
    EXPECT_EQ(dump(accept("", {{x.key(), value}})), dump(settings{}))
      << x.key();
  }
}

TEST(settings, every_key_reaches_its_place) {
  auto x = accept(R"(
[node]
address = ::1
port = 0
[bigquery]
endpoint = http://127.0.0.1:9050
project = my-project
credentials = none
scopes = https://a.example/x, https://a.example/y
token-source = token-endpoint
impersonate = a@p.iam.gserviceaccount.com
impersonate-delegates = b@p.example c@p.example
quota-project = payer
allowed-token-hosts = sts.example, id.example
ca-file = /ca.pem
client-certificate = /node.crt
client-key = /node.key
proxy = http://user:hidden@proxy.example:3128
timeout = 5s
connect-timeout = 20ms
write-timeout = 21ms
answer-timeout = 22ms
max-answer-bytes = 1MiB
[batch]
rows = 1
bytes = 2
age = 3ms
max-rows = 4
max-bytes = 5KiB
[receipts]
keep = 6
keep-for = 7s
window = 8
[retry]
base = 9ms
cap = 10ms
max-attempts = 0
max-age = 11ms
missing-table-grace = 12ms
past-dedup-window = fail
probe-rows = 11
bisect-requests = 12
[dispatch]
max-in-flight = 13
retry-tokens = 18
[streamers]
per-table = 14
idle = 15ms
[budget]
max-buffered-bytes = 16MiB
max-block-bytes = 8MiB
[insert]
ids = own
skip-invalid-rows = true
ignore-unknown-values = true
template-suffix = _17
trace-id = "eight een"
[drain]
timeout = 19ms
[log]
level = off
format = json
)");
  EXPECT_EQ(x.node_address, "::1");
  EXPECT_EQ(x.node_port, 0);
  auto& node = x.node;
  EXPECT_EQ(node.bigquery.endpoint, "http://127.0.0.1:9050");
  EXPECT_EQ(node.bigquery.project, "my-project");
  EXPECT_EQ(node.bigquery.credentials, "none");
  EXPECT_EQ(
    node.bigquery.scopes,
    (std::vector<std::string>{"https://a.example/x", "https://a.example/y"}));
  EXPECT_EQ(node.bigquery.token_source, token_source::token_endpoint);
  EXPECT_EQ(node.bigquery.impersonate, "a@p.iam.gserviceaccount.com");
  EXPECT_EQ(node.bigquery.impersonate_delegates,
            (std::vector<std::string>{"b@p.example", "c@p.example"}));
  EXPECT_EQ(node.bigquery.quota_project, "payer");
  EXPECT_EQ(node.bigquery.allowed_token_hosts,
            (std::vector<std::string>{"sts.example", "id.example"}));
  EXPECT_EQ(node.bigquery.ca_file, "/ca.pem");
  EXPECT_EQ(node.bigquery.client_certificate, "/node.crt");
  EXPECT_EQ(node.bigquery.client_key, "/node.key");
  EXPECT_EQ(node.bigquery.proxy, "http://user:hidden@proxy.example:3128");
  EXPECT_EQ(dump(x).find("hidden"), std::string::npos);
  EXPECT_EQ(node.bigquery.timeout, 5s);
  EXPECT_EQ(node.bigquery.connect_timeout, 20ms);
  EXPECT_EQ(node.bigquery.write_timeout, 21ms);
  EXPECT_EQ(node.bigquery.answer_timeout, 22ms);
  EXPECT_EQ(node.bigquery.max_answer_bytes, 1u << 20);
  EXPECT_EQ(node.defaults.batch.rows, 1u);
  EXPECT_EQ(node.defaults.batch.bytes, 2u);
  EXPECT_EQ(node.defaults.batch.age, 3ms);
  EXPECT_EQ(node.defaults.batch.max_rows, 4u);
  EXPECT_EQ(node.defaults.batch.max_bytes, 5u << 10);
  EXPECT_EQ(node.receipts_keep, 6u);
  EXPECT_EQ(node.receipts_keep_for, 7s);
  EXPECT_EQ(node.receipts_window, 8u);
  EXPECT_EQ(node.defaults.retry.base, 9ms);
  EXPECT_EQ(node.defaults.retry.cap, 10ms);
  EXPECT_EQ(node.defaults.retry.max_attempts, 0u);
  EXPECT_EQ(node.defaults.retry.max_age, 11ms);
  EXPECT_EQ(node.defaults.retry.missing_table_grace, 12ms);
  EXPECT_EQ(node.defaults.retry.past_dedup_window, past_dedup_window::fail);
  EXPECT_EQ(node.defaults.retry.probe_rows, 11u);
  EXPECT_EQ(node.defaults.retry.bisect_requests, 12u);
  EXPECT_EQ(node.max_in_flight, 13u);
  EXPECT_EQ(node.retry_tokens, 18u);
  EXPECT_EQ(node.streamers_per_table, 14u);
  EXPECT_EQ(node.streamers_idle, 15ms);
  EXPECT_EQ(node.max_buffered_bytes, 16u << 20);
  EXPECT_EQ(node.max_block_bytes, 8u << 20);
  EXPECT_EQ(node.defaults.insert.ids, insert_ids::own);
  EXPECT_TRUE(node.defaults.insert.skip_invalid_rows);
  EXPECT_TRUE(node.defaults.insert.ignore_unknown_values);
  EXPECT_EQ(node.defaults.insert.template_suffix, "_17");
  EXPECT_EQ(node.defaults.insert.trace_id, "eight een");
  EXPECT_EQ(node.drain_timeout, 19ms);
  EXPECT_EQ(x.log_level, "off");
  EXPECT_EQ(x.log_format, "json");
}

TEST(settings, the_password_of_a_proxy_is_told_to_nobody) {
  constexpr auto where = "http://user:hidden@proxy.example";
  EXPECT_EQ(refuse("[bigquery]\nproxy = " + std::string{where} + "\n"),
            "f.ini:2: bigquery.proxy must be "
            "http://[USER:PASSWORD@]HOST:PORT, none, or empty");
  EXPECT_EQ(refuse("", {{"bigquery.proxy", std::string{where} + ":3128"}}),
            "--bigquery.proxy may hold no user and password: others can read "
            "the command line; the file may, or https_proxy in the "
            "environment");
  auto x = accept("", {{"bigquery.proxy", "http://proxy.example:3128"}});
  EXPECT_EQ(x.node.bigquery.proxy, "http://proxy.example:3128");
}

TEST(settings, options_win_over_the_file) {
  auto x = accept("[batch]\nrows = 7\nage = 2s\n", {{"batch.rows", "8"}});
  EXPECT_EQ(x.node.defaults.batch.rows, 8u);
  EXPECT_EQ(x.node.defaults.batch.age, 2s);
}

TEST(settings, tables_start_from_the_final_defaults) {
  constexpr auto section = "[table.shop.events]\nbatch.rows = 10\n"
                           "retry.max-attempts = 3\ninsert.ids = none\n";
  constexpr auto group = "[batch]\nrows = 20\nage = 2s\n";
  for (auto text :
       {std::string{section} + group, std::string{group} + section}) {
    auto x = accept(text, {{"batch.rows", "30"}, {"batch.max-rows", "40"}});
    EXPECT_EQ(x.node.defaults.batch.rows, 30u);
    ASSERT_EQ(x.node.tables.count("shop.events"), 1u);
    auto& table = x.node.tables.at("shop.events");
    EXPECT_EQ(table.batch.rows, 10u);
    EXPECT_EQ(table.batch.age, 2s);
    EXPECT_EQ(table.batch.max_rows, 40u);
    EXPECT_EQ(table.retry.max_attempts, 3u);
    EXPECT_EQ(table.insert.ids, insert_ids::none);
  }
}

TEST(settings, a_group_or_table_may_be_continued) {
  auto x = accept("[batch]\nrows = 1\n[node]\nport = 1\n[batch]\nage = 5s\n"
                  "[table.a.b]\nbatch.rows = 2\n[table.a.c]\n"
                  "[table.a.b]\nbatch.age = 6s\n");
  EXPECT_EQ(x.node.defaults.batch.age, 5s);
  EXPECT_EQ(x.node.tables.at("a.b").batch.rows, 2u);
  EXPECT_EQ(x.node.tables.at("a.b").batch.age, 6s);
  EXPECT_EQ(x.node.tables.at("a.c").batch.rows, 1u);
}

TEST(settings, a_mistake_in_the_file_is_told_in_one_line_with_its_place) {
  struct row {
    const char* text;
    const char* says;
  };
  const row table[] = {
    // unknown
    {"[bacth]\n", "f.ini:1: [bacth] is no group; the groups are node, "
                  "bigquery, batch, failures, dead-letters, receipts, retry, "
                  "dispatch, streamers, "
                  "budget, insert, drain, log, table.DATASET.TABLE"},
    {"[batch]\n\nrow = 1\n", "f.ini:3: batch.row is no setting; [batch] takes "
                             "rows, bytes, age, max-rows, max-bytes"},
    {"[batch]\nbatch.rows = 1\n",
     "f.ini:2: batch.batch.rows is no setting; [batch] takes rows, bytes, age, "
     "max-rows, max-bytes"},
    {"[table.a]\n",
     "f.ini:1: [table.a] names no table; it must be [table.DATASET.TABLE]"},
    {"[table.p:a.b]\n",
     "f.ini:1: [table.p:a.b] names no table; it must be [table.DATASET.TABLE]"},
    {"[table.a.b$20260101]\n", "f.ini:1: [table.a.b$20260101] names no table; "
                               "it must be [table.DATASET.TABLE]"},
    {"[table.a.b]\ndrain.timeout = 1s\n",
     "f.ini:2: [table.a.b] drain.timeout is no setting; [table.a.b] takes "
     "batch.rows, batch.bytes, batch.age, batch.max-rows, batch.max-bytes, "
     "retry.base, retry.cap, retry.max-attempts, retry.max-age, "
     "retry.missing-table-grace, retry.past-dedup-window, retry.probe-rows, "
     "retry.bisect-requests, insert.ids, insert.skip-invalid-rows, "
     "insert.ignore-unknown-values, insert.template-suffix, insert.trace-id"},
    // twice
    {"[batch]\nrows = 1\nrows = 1\n",
     "f.ini:3: batch.rows is set twice; the first is at f.ini:2"},
    {"[table.a.b]\nbatch.rows = 1\n[table.a.b]\nbatch.rows = 2\n",
     "f.ini:4: [table.a.b] batch.rows is set twice; the first is at f.ini:2"},
    // wrong type
    {"[batch]\nrows = many\n",
     "f.ini:2: batch.rows must be an integer from 1 to 50000, not many"},
    {"[batch]\nrows = \"100\"\n", "f.ini:2: batch.rows must be an integer from "
                                  "1 to 50000, not the text \"100\""},
    {"[batch]\nrows = \"\"\n",
     "f.ini:2: batch.rows must be an integer from 1 to 50000, not empty"},
    {"[batch]\nrows = 1.5\n",
     "f.ini:2: batch.rows must be an integer from 1 to 50000, not 1.5"},
    {"[batch]\nage = 1\n",
     "f.ini:2: batch.age must be a time from 1ms to 24h, such as 500ms, 1s, "
     "5min or 24h, not 1"},
    {"[batch]\nbytes = 1MB\n",
     "f.ini:2: batch.bytes must be a size from 1 to 9MiB, such as 65536, "
     "64KiB, 1MiB or 1GiB, not 1MB"},
    {"[insert]\nskip-invalid-rows = yes\n",
     "f.ini:2: insert.skip-invalid-rows must be true or false, not yes"},
    {"[insert]\nids = some\n",
     "f.ini:2: insert.ids must be one of automatic, own, none, not some"},
    {"[log]\nlevel = loud\n",
     "f.ini:2: log.level must be one of debug, info, warning, error, off, not "
     "loud"},
    {"[retry]\nmax-attempts = -1\n",
     "f.ini:2: retry.max-attempts must be unlimited or an integer from 0 to "
     "1000000, not -1"},
    {"[bigquery]\nallowed-token-hosts = sts.example:8443\n",
     "f.ini:2: bigquery.allowed-token-hosts must be host names or addresses "
     "without a port, with blanks or commas in between, not sts.example:8443"},
    {"[bigquery]\nallowed-token-hosts = a.example -b\n",
     "f.ini:2: bigquery.allowed-token-hosts must be host names or addresses "
     "without a port, with blanks or commas in between, not a.example -b"},
    // over a limit
    {"[batch]\nrows = 0\n",
     "f.ini:2: batch.rows must be an integer from 1 to 50000, not 0"},
    {"[batch]\nmax-rows = 50001\n",
     "f.ini:2: batch.max-rows must be an integer from 1 to 50000, not 50001"},
    {"[batch]\nmax-bytes = 10MiB\n",
     "f.ini:2: batch.max-bytes must be a size from 1KiB to 9MiB, such as "
     "65536, 64KiB, 1MiB or 1GiB, not 10MiB"},
    {"[node]\nport = 65536\n",
     "f.ini:2: node.port must be an integer from 0 to 65535, not 65536"},
    {"[insert]\ntrace-id = 0123456789012345678901234567890123456\n",
     "f.ini:2: insert.trace-id must be at most 36 printable ASCII characters"},
    {"[insert]\ntrace-id = \xC3\xA4\n",
     "f.ini:2: insert.trace-id must be at most 36 printable ASCII characters"},
    {"[insert]\ntemplate-suffix = a-b\n",
     "f.ini:2: insert.template-suffix must be at most 1024 letters, digits and "
     "underscores"},
    {"[table.a.b]\nbatch.max-rows = 50001\n",
     "f.ini:2: [table.a.b] batch.max-rows must be an integer from 1 to 50000, "
     "not 50001"},
    // addresses; not shown, for they may hold a secret
    {"[bigquery]\nendpoint = https://me:secret@example.com\n",
     "f.ini:2: bigquery.endpoint must be a URL without a path, "
     "https://HOST[:PORT], or http:// to this machine"},
    {"[bigquery]\nendpoint = http://example.com\n",
     "f.ini:2: bigquery.endpoint must be a URL without a path, "
     "https://HOST[:PORT], or http:// to this machine"},
    {"[bigquery]\nproject = a/b\n", "f.ini:2: bigquery.project must be the id "
                                    "of a project, such as my-project-1234"},
    {"[bigquery]\nscopes = bigquery\n",
     "f.ini:2: bigquery.scopes must be one or more https:// URLs with blanks "
     "or commas in between, not bigquery"},
    {"[node]\naddress = \"a b\"\n", "f.ini:2: node.address must be an IP "
                                    "address or host name of this machine"},
    // what does not fit together
    {"[batch]\nrows = 6000\n", "f.ini:2: batch.rows must be at most "
                               "batch.max-rows, which is 5000, not 6000"},
    {"[batch]\nmax-rows = 100\n", "f.ini:2: batch.max-rows must be at least "
                                  "batch.rows, which is 500, not 100"},
    {"[batch]\nrows = 400\n[table.a.b]\nbatch.max-rows = 100\n",
     "f.ini:4: [table.a.b] batch.max-rows must be at least batch.rows, which "
     "is 400, not 100"},
    {"[batch]\nbytes = 6MiB\n", "f.ini:2: batch.bytes must be at most "
                                "batch.max-bytes, which is 5MiB, not 6MiB"},
    {"[retry]\ncap = 100ms\n", "f.ini:2: retry.cap must be at least "
                               "retry.base, which is 500ms, not 100ms"},
    {"[budget]\nmax-block-bytes = 200MiB\n",
     "f.ini:2: budget.max-block-bytes must be at most half of "
     "budget.max-buffered-bytes, which is 128MiB, not 200MiB"},
    {"[budget]\nmax-buffered-bytes = 16MiB\n",
     "f.ini:2: budget.max-buffered-bytes must be at least twice "
     "budget.max-block-bytes, which is 20MiB, not 16MiB"},
    {"[bigquery]\ncredentials = none\n",
     "f.ini:2: bigquery.credentials may be none only with a bigquery.endpoint "
     "on this machine, such as http://127.0.0.1:9050"},
    // form
    {"rows = 1\n", "f.ini:1: 'rows' stands before any [group]"},
  };
  for (auto& [text, says] : table)
    EXPECT_EQ(refuse(text), says) << text;
}

TEST(settings, a_mistake_in_an_option_is_told_with_its_name) {
  struct row {
    std::vector<setting_option> options;
    const char* says;
  };
  const row table[] = {
    {{{"batch.rows", "many"}},
     "--batch.rows must be an integer from 1 to 50000, not many"},
    {{{"batch.rows", ""}},
     "--batch.rows must be an integer from 1 to 50000, not empty"},
    {{{"batch.rows", "1"}, {"batch.rows", "1"}},
     "--batch.rows is given twice; once is allowed"},
    {{{"batch.row", "1"}}, "--batch.row is no setting"},
    {{{"bigquery.credentials", "none"}},
     "--bigquery.credentials may be none only with a bigquery.endpoint on this "
     "machine, such as http://127.0.0.1:9050"},
    {{{"batch.rows", "6000"}},
     "--batch.rows must be at most batch.max-rows, "
     "which is 5000, not 6000"},
  };
  for (auto& [options, says] : table)
    EXPECT_EQ(refuse("", options), says);
}

TEST(settings, an_option_may_mend_what_the_file_says) {
  auto x = accept("[batch]\nrows = 6000\n", {{"batch.max-rows", "6000"}});
  EXPECT_EQ(x.node.defaults.batch.rows, 6000u);
}

TEST(settings, what_cannot_be_read_is_refused) {
  temporary_directory directory{"bqs-settings-"};
  auto said = [](const std::string& path) {
    auto result = load_settings(path, {});
    auto why = std::get_if<std::string>(&result);
    return why == nullptr ? "accepted" : *why;
  };
  auto missing = directory.path() + "/missing.ini";
  EXPECT_EQ(said(missing), "--config-file: " + missing
                             + " cannot be read (No such file or directory); "
                               "it must be a readable INI file");
  EXPECT_EQ(said(directory.path()), "--config-file: " + directory.path()
                                      + " cannot be read (Is a directory); "
                                        "it must be a readable INI file");
  auto huge = directory.path() + "/huge.ini";
  std::ofstream{huge} << std::string(5u << 20, '#');
  EXPECT_EQ(said(huge), "--config-file: " + huge
                          + " cannot be read (it is larger than 4194304 "
                            "bytes); it must be a readable INI file");
  // Nobody writes into it, ever.
  auto pipe = directory.path() + "/pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  for (auto& path : {pipe, std::string{"/dev/zero"}})
    EXPECT_EQ(said(path), "--config-file: " + path
                            + " cannot be read (not a file); "
                              "it must be a readable INI file");
  auto fine = directory.path() + "/fine.ini";
  std::ofstream{fine} << "[batch]\nrow = 1\n";
  EXPECT_EQ(said(fine).substr(0, fine.size() + 4), fine + ":2: ");
}

} // namespace
