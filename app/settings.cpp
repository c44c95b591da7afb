#include "app/settings.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <system_error>
#include <utility>

#include "actors/table_ref.hpp"
#include "app/value.hpp"
#include "http/endpoint.hpp"

namespace bqs::app {

namespace {

// -- one maker for each kind of value -----------------------------------------

// `where` is called with settings and table options, const or not, and returns
// a reference to the member that holds the value.
#define BQS_MEMBER(path)                                                       \
  []([[maybe_unused]] auto& all, [[maybe_unused]] auto& table) -> auto& {      \
    return path;                                                               \
  }

/// Puts together what all kinds have in common.
/// @param read returns the value that a text stands for, if it is one
/// @param text returns the text of a value
template <class Where, class Read, class Text>
setting make(std::string group, std::string name, std::string allowed,
             std::string meaning, Where where, Read read, Text text) {
  setting result;
  result.group = std::move(group);
  result.name = std::move(name);
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

std::string quoted(std::string_view x) {
  std::string result = "\"";
  for (auto c : x) {
    if (c == '"' || c == '\\')
      result += '\\';
    result += c;
  }
  return result + '"';
}

template <class Where>
setting integer(std::string group, std::string name, Where where,
                std::uint64_t least, std::uint64_t most, std::string meaning) {
  using type = std::decay_t<decltype(where(std::declval<settings&>(),
                                           std::declval<table_options&>()))>;
  auto allowed = "an integer from " + std::to_string(least) + " to "
                 + std::to_string(most);
  auto read = [least, most](const ini_value& x) -> std::optional<type> {
    auto value = parse_integer(x.text);
    if (x.quoted || !value || *value < least || *value > most)
      return std::nullopt;
    return static_cast<type>(*value);
  };
  return make(std::move(group), std::move(name), std::move(allowed),
              std::move(meaning), where, read,
              [](type x) { return std::to_string(x); });
}

template <class Where>
setting size(std::string group, std::string name, Where where,
             std::uint64_t least, std::uint64_t most, std::string meaning) {
  auto allowed = "a size from " + show_size(least) + " to " + show_size(most);
  auto read = [least, most](const ini_value& x) -> std::optional<std::size_t> {
    auto value = parse_size(x.text);
    if (x.quoted || !value || *value < least || *value > most)
      return std::nullopt;
    return *value;
  };
  auto result = make(std::move(group), std::move(name), std::move(allowed),
                     std::move(meaning), where, read, show_size);
  result.examples = "65536, 64KiB, 1MiB or 1GiB";
  return result;
}

template <class Where>
setting duration(std::string group, std::string name, Where where,
                 std::chrono::milliseconds least,
                 std::chrono::milliseconds most, std::string meaning) {
  using type = std::optional<std::chrono::milliseconds>;
  auto allowed
    = "a time from " + show_duration(least) + " to " + show_duration(most);
  auto read = [least, most](const ini_value& x) -> type {
    auto value = parse_duration(x.text);
    if (x.quoted || !value || *value < least || *value > most)
      return std::nullopt;
    return value;
  };
  auto result = make(std::move(group), std::move(name), std::move(allowed),
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
  return make(std::move(group), std::move(name), "true or false",
              std::move(meaning), where, read,
              [](bool x) -> std::string { return x ? "true" : "false"; });
}

/// A text that is not shown in messages: it may hold what is none of theirs.
template <class Where, class Check>
setting text(std::string group, std::string name, Where where, Check check,
             std::string allowed, std::string meaning) {
  auto read = [check](const ini_value& x) -> std::optional<std::string> {
    if (!check(x.text))
      return std::nullopt;
    return x.text;
  };
  auto result = make(std::move(group), std::move(name), std::move(allowed),
                     std::move(meaning), where, read, quoted);
  result.shown = false;
  return result;
}

/// One of a few words.
template <class Where, class T>
setting choice(std::string group, std::string name, Where where,
               std::vector<std::pair<std::string, T>> words,
               std::string meaning) {
  std::string allowed = "one of ";
  for (auto& [word, value] : words)
    allowed += (&word == &words.front().first ? "" : ", ") + word;
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
  return make(std::move(group), std::move(name), std::move(allowed),
              std::move(meaning), where, read, show);
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
  return make(std::move(group), std::move(name),
              "unlimited or an integer from 0 to 1000000", std::move(meaning),
              BQS_MEMBER(table.retry.max_attempts), read, show);
}

/// A list in one value.
setting scopes(std::string group, std::string name, std::string meaning) {
  using list = std::vector<std::string>;
  auto read = [](const ini_value& x) -> std::optional<list> {
    list result;
    std::string_view rest = x.text;
    while (true) {
      rest.remove_prefix(std::min(rest.find_first_not_of(" ,"), rest.size()));
      if (rest.empty())
        break;
      auto one = rest.substr(0, rest.find_first_of(" ,"));
      if (!one.starts_with("https://") || one.find('"') != one.npos)
        return std::nullopt;
      result.emplace_back(one);
      rest.remove_prefix(one.size());
    }
    if (result.empty())
      return std::nullopt;
    return result;
  };
  auto show = [](const list& xs) {
    std::string all;
    for (auto& x : xs)
      all += (all.empty() ? "" : " ") + x;
    return quoted(all);
  };
  return make(std::move(group), std::move(name),
              "one or more https:// URLs with blanks or commas in between",
              std::move(meaning), BQS_MEMBER(all.node.bigquery.scopes), read,
              show);
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

bool is_suffix(const std::string& x) {
  return x.size() <= 1024 && std::all_of(x.begin(), x.end(), is_word);
}

bool is_trace_id(const std::string& x) {
  return x.size() <= 36 && std::all_of(x.begin(), x.end(), is_printable);
}

// -- the list -----------------------------------------------------------------

constexpr std::uint64_t KiB = 1u << 10;
constexpr std::uint64_t MiB = 1u << 20;
constexpr std::uint64_t GiB = 1u << 30;

std::vector<setting> make_list() {
  using words = std::vector<std::pair<std::string, std::string>>;
  return {
    text("node", "address", BQS_MEMBER(all.node_address), is_host,
         "an IP address or host name of this machine",
         "Address on which the node listens for senders and operators"),
    integer("node", "port", BQS_MEMBER(all.node_port), 0, 65535,
            "Port on which it listens; 0 picks a free one"),

    text("bigquery", "endpoint", BQS_MEMBER(all.node.bigquery.endpoint),
         is_endpoint,
         "a URL without a path, https://HOST[:PORT], or http:// to this "
         "machine",
         "Where the service is; the sandbox is http://127.0.0.1:9050"),
    text("bigquery", "project", BQS_MEMBER(all.node.bigquery.project),
         is_project, "the id of a project, such as my-project-1234",
         "Project of the tables that name none"),
    text("bigquery", "credentials", BQS_MEMBER(all.node.bigquery.credentials),
         is_path, "the path of a service-account key file, none, or empty",
         "Key file, or none for an endpoint on this machine; empty is the "
         "file that GOOGLE_APPLICATION_CREDENTIALS names"),
    scopes("bigquery", "scopes", "What tokens are asked to permit"),
    duration("bigquery", "timeout", BQS_MEMBER(all.node.bigquery.timeout),
             100ms, 1h, "Time that one request may take, connecting included"),
    size("bigquery", "max-answer-bytes",
         BQS_MEMBER(all.node.bigquery.max_answer_bytes), 64 * KiB, 256 * MiB,
         "Largest answer that is read"),

    integer("batch", "rows", BQS_MEMBER(table.batch.rows), 1, 50'000,
            "Rows that make a batch ready to be sent"),
    size("batch", "bytes", BQS_MEMBER(table.batch.bytes), 1, 9 * MiB,
         "Bytes that make it ready"),
    duration("batch", "age", BQS_MEMBER(table.batch.age), 1ms, 24h,
             "Age of its oldest row that makes it ready"),
    integer("batch", "max-rows", BQS_MEMBER(table.batch.max_rows), 1, 50'000,
            "Most rows of one request; it grows to this while it waits for "
            "its turn"),
    size("batch", "max-bytes", BQS_MEMBER(table.batch.max_bytes), KiB, 9 * MiB,
         "Most bytes of one request; a larger row goes alone"),

    integer("receipts", "keep", BQS_MEMBER(all.node.receipts_keep), 0,
            10'000'000,
            "Receipts that are remembered for senders that ask again"),
    duration("receipts", "keep-for", BQS_MEMBER(all.node.receipts_keep_for),
             0ms, 168h, "How long they are remembered"),
    integer("receipts", "window", BQS_MEMBER(all.node.receipts_window), 1,
            1'000'000,
            "Most receipts on their way to one sender that it has not "
            "acknowledged"),

    duration("retry", "base", BQS_MEMBER(table.retry.base), 1ms, 1h,
             "Longest wait before the second try; doubles with each further "
             "one"),
    duration("retry", "cap", BQS_MEMBER(table.retry.cap), 1ms, 24h,
             "Longest wait before any try"),
    attempts("retry", "max-attempts",
             "Most tries of a row; 0 means one, never none"),
    duration("retry", "max-age", BQS_MEMBER(table.retry.max_age), 0ms, 720h,
             "Age at which a row is no more tried again"),
    duration("retry", "missing-table-grace",
             BQS_MEMBER(table.retry.missing_table_grace), 0ms, 24h,
             "How long a table that does not exist is waited for"),

    integer("dispatch", "max-in-flight", BQS_MEMBER(all.node.max_in_flight), 1,
            1024, "Most requests at once, over all tables"),

    integer("streamers", "per-table", BQS_MEMBER(all.node.streamers_per_table),
            1, 64, "Streamers that share the rows of one table"),
    duration("streamers", "idle", BQS_MEMBER(all.node.streamers_idle), 10ms,
             24h, "Time without rows after which a streamer is retired"),

    size("budget", "max-buffered-bytes",
         BQS_MEMBER(all.node.max_buffered_bytes), 64 * KiB, 1024 * GiB,
         "Most bytes of rows that the node holds; further ones are refused "
         "until there is room"),
    size("budget", "max-block-bytes", BQS_MEMBER(all.node.max_block_bytes),
         4 * KiB, GiB,
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
         is_suffix, "at most 1024 letters, digits and underscores",
         "Suffix of the tables that the service makes from a template"),
    text("insert", "trace-id", BQS_MEMBER(table.insert.trace_id), is_trace_id,
         "at most 36 printable ASCII characters",
         "Sent with each request, to be found again in the service's logs"),

    duration("drain", "timeout", BQS_MEMBER(all.node.drain_timeout), 0ms, 24h,
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

// -- reading ------------------------------------------------------------------

constexpr std::string_view table_prefix = "table.";

std::string list_groups() {
  std::string result;
  for (auto& x : all_settings())
    if (result.find(x.group + ", ") == std::string::npos)
      result += x.group + ", ";
  return result + "table.DATASET.TABLE";
}

/// The keys of `group` as they are written there.
std::string list_keys(std::string_view group) {
  auto in_table = group.starts_with(table_prefix);
  std::string result;
  for (auto& x : all_settings())
    if (in_table ? x.per_table() : x.group == group)
      result += (result.empty() ? "" : ", ") + (in_table ? x.key() : x.name);
  return result;
}

const setting* find_setting(std::string_view key) {
  for (auto& x : all_settings())
    if (x.key() == key)
      return &x;
  return nullptr;
}

/// Reads `table.DATASET.TABLE`, or returns nothing.
std::optional<std::string> table_of(std::string_view section) {
  auto name = section.substr(table_prefix.size());
  auto table = parse_table(name);
  if (!table || !table->project.empty() || name.find('$') != name.npos)
    return std::nullopt;
  return table->dataset + "." + table->table;
}

/// Puts settings together and remembers where each came from, so that what is
/// wrong with two of them together is reported at the right place.
class assembler {
public:
  explicit assembler(std::string_view file) : file_(file) {
    // nop
  }

  std::variant<settings, std::string>
  run(const std::vector<ini_section>& sections,
      const std::vector<setting_option>& options) {
    for (auto& x : sections)
      if (!x.name.starts_with(table_prefix))
        read_group(x);
    for (auto& x : options)
      read_option(x);
    for (auto& x : sections)
      if (x.name.starts_with(table_prefix))
        read_table(x);
    check_all();
    if (!fault_.empty())
      return std::move(fault_);
    return std::move(result_);
  }

private:
  /// Says once what is wrong and where; the first one counts.
  void refuse(const std::string& place, const std::string& text) {
    if (fault_.empty())
      fault_ = place + text;
  }

  std::string line(std::size_t number) const {
    return file_ + ":" + std::to_string(number) + ": ";
  }

  void read_group(const ini_section& x) {
    if (list_keys(x.name).empty())
      return refuse(line(x.line), "[" + x.name
                                    + "] is no group; the groups are "
                                    + list_groups());
    for (auto& entry : x.entries) {
      auto key = x.name + "." + entry.key;
      write(find_setting(key), key, x, entry, result_.node.defaults, {});
    }
  }

  void read_table(const ini_section& x) {
    auto name = table_of(x.name);
    if (!name)
      return refuse(line(x.line), "[" + x.name
                                    + "] names no table; it must be "
                                      "[table.DATASET.TABLE]");
    auto& options
      = result_.node.tables.try_emplace(*name, result_.node.defaults)
          .first->second;
    for (auto& entry : x.entries) {
      auto found = find_setting(entry.key);
      write(found != nullptr && found->per_table() ? found : nullptr, entry.key,
            x, entry, options, *name);
    }
  }

  void write(const setting* what, const std::string& key, const ini_section& in,
             const ini_entry& entry, table_options& options,
             const std::string& table) {
    auto place = line(entry.line) + (table.empty() ? "" : "[" + in.name + "] ");
    if (what == nullptr)
      return refuse(place, key + " is no setting; [" + in.name + "] takes "
                             + list_keys(in.name));
    auto& origin = origins_[{table, key}];
    if (!origin.empty())
      return refuse(place, key + " is set twice; the first is at " + origin);
    origin = place.substr(0, place.find(": "));
    places_[{table, key}] = place + key;
    store(*what, place + key, options, entry.value);
  }

  void read_option(const setting_option& x) {
    auto what = find_setting(x.key);
    auto place = "--" + x.key;
    if (what == nullptr)
      return refuse(place, " is no setting");
    auto& origin = origins_[{"--", x.key}];
    if (!origin.empty())
      return refuse(place, " is given twice; once is allowed");
    origin = place;
    places_[{"", x.key}] = place;
    // The shell has taken the quotes away: any kind of value may come bare.
    store(*what, place, result_.node.defaults, {x.value, false});
  }

  void store(const setting& what, const std::string& place,
             table_options& options, const ini_value& value) {
    if (!what.write(result_, options, value))
      refuse(place,
             " must be " + what.allowed
               + (what.examples.empty() ? "" : ", such as " + what.examples)
               + (what.shown ? ", not " + as_written(value) : ""));
  }

  static std::string as_written(const ini_value& x) {
    if (x.text.empty())
      return "empty";
    auto shown = x.text.size() > 40 ? x.text.substr(0, 40) + "..." : x.text;
    return x.quoted ? "the text " + quoted(shown) : shown;
  }

  // -- what must fit together --

  /// How a message about the setting begins; empty if nothing set it.
  std::string place_of(const std::string& table, const std::string& key) const {
    auto i = places_.find({table, key});
    return i == places_.end() ? std::string{} : i->second;
  }

  /// Reports that `low` exceeds `high`, at the one that was set: the table's
  /// own section first, for the defaults were fine before it.
  void check_order(bool ok, const std::string& table,
                   const table_options& options, const std::string& low,
                   const std::string& high) {
    if (ok)
      return;
    auto value = [&](const std::string& key) {
      return find_setting(key)->show(result_, options);
    };
    for (auto& scope : {table, std::string{}}) {
      if (auto place = place_of(scope, low); !place.empty())
        refuse(place, " must be at most " + high + ", which is " + value(high)
                        + ", not " + value(low));
      if (auto place = place_of(scope, high); !place.empty())
        refuse(place, " must be at least " + low + ", which is " + value(low)
                        + ", not " + value(high));
    }
  }

  void check_table(const std::string& name, const table_options& x) {
    check_order(x.batch.rows <= x.batch.max_rows, name, x, "batch.rows",
                "batch.max-rows");
    check_order(x.batch.bytes <= x.batch.max_bytes, name, x, "batch.bytes",
                "batch.max-bytes");
    check_order(x.retry.base <= x.retry.cap, name, x, "retry.base",
                "retry.cap");
  }

  void check_all() {
    auto& x = result_.node;
    check_table("", x.defaults);
    for (auto& [name, options] : x.tables)
      check_table(name, options);
    if (x.max_block_bytes > x.max_buffered_bytes / 2) {
      auto block = place_of("", "budget.max-block-bytes");
      auto half = show_size(x.max_buffered_bytes / 2);
      auto twice = show_size(x.max_block_bytes * 2);
      if (!block.empty())
        refuse(block, " must be at most half of budget.max-buffered-bytes, "
                      "which is "
                        + half + ", not " + show_size(x.max_block_bytes));
      else
        refuse(place_of("", "budget.max-buffered-bytes"),
               " must be at least twice budget.max-block-bytes, which is "
                 + twice + ", not " + show_size(x.max_buffered_bytes));
    }
    check_credentials();
  }

  void check_credentials() {
    auto& x = result_.node.bigquery;
    auto where = http::parse_endpoint(x.endpoint);
    auto target = std::get_if<http::endpoint>(&where);
    if (x.credentials == "none" && target != nullptr && !target->is_loopback())
      refuse(place_of("", "bigquery.credentials"),
             " may be none only with a bigquery.endpoint on this machine, "
             "such as http://127.0.0.1:9050");
  }

  std::string file_;
  settings result_;
  std::string fault_;
  /// By table (empty for the defaults, `--` for options) and key: the line of
  /// the file, to recognise what is set twice.
  std::map<std::pair<std::string, std::string>, std::string> origins_;
  /// By table and key: how a message about the setting begins.
  std::map<std::pair<std::string, std::string>, std::string> places_;
};

constexpr std::size_t largest_file = 4 * MiB;

/// Reads a whole file, or returns false and leaves why in `errno`.
bool read_file(const std::string& path, std::string& text) {
  errno = 0;
  std::ifstream in{path, std::ios::binary};
  if (!in)
    return false;
  text.resize(largest_file + 1);
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (in.bad() || (text.empty() && errno != 0))
    return false;
  errno = EFBIG;
  return text.size() <= largest_file;
}

} // namespace

const std::vector<setting>& all_settings() {
  static const auto list = make_list();
  return list;
}

std::string default_of(const setting& x) {
  static const settings defaults;
  return x.show(defaults, defaults.node.defaults);
}

std::variant<settings, std::string>
read_settings(std::string_view name, std::string_view text,
              const std::vector<setting_option>& options) {
  auto read = parse_ini(text);
  if (auto fault = std::get_if<ini_error>(&read))
    return std::string{name} + ":" + std::to_string(fault->line) + ": "
           + fault->text;
  return assembler{name}.run(std::get<std::vector<ini_section>>(read), options);
}

std::variant<settings, std::string>
load_settings(const std::string& path,
              const std::vector<setting_option>& options) {
  std::string text;
  if (!path.empty() && !read_file(path, text))
    return "--config-file: " + path + " cannot be read ("
           + std::generic_category().message(errno)
           + "); it must be a readable INI file";
  return read_settings(path, text, options);
}

} // namespace bqs::app
