#include "app/settings_reader.hpp"

#include <map>
#include <optional>
#include <utility>

#include "app/value.hpp"
#include "bqstreamer/table_ref.hpp"
#include "http/endpoint.hpp"
#include "http/proxy.hpp"
#include "http/small_file.hpp"

namespace bqs::app {

namespace {

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
  if (!table || !table->project.empty()
      || name.find('$') != std::string_view::npos)
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
    return x.quoted ? "the text " + show_text(shown) : shown;
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
    auto& letters = x.dead_letters;
    check_order(letters.file_bytes <= letters.max_bytes, "", x.defaults,
                "dead-letters.file-bytes", "dead-letters.max-bytes");
    check_credentials();
    check_proxy();
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

  void check_proxy() {
    auto& url = result_.node.bigquery.proxy;
    auto place = place_of("", "bigquery.proxy");
    if (place.starts_with("--") && http::without_password(url) != url)
      refuse(place, " may hold no user and password: others can read the "
                    "command line; the file may, or https_proxy in the "
                    "environment");
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

constexpr std::size_t largest_file = 4u << 20;

} // namespace

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
  http::small_file read;
  if (!path.empty())
    read = http::read_small_file(path, largest_file);
  if (!read.fault.empty())
    return "--config-file: " + path + " cannot be read (" + read.fault
           + "); it must be a readable INI file";
  return read_settings(path, read.text, options);
}

} // namespace bqs::app
