#include "app/send_options.hpp"

#include <algorithm>
#include <filesystem>
#include <set>

#include "app/value.hpp"
#include "bqstreamer/peer_address.hpp"
#include "bqstreamer/table_ref.hpp"

namespace bqs::app {

namespace {

std::string check_destination(const send_options& x) {
  auto where = parse_peer(x.node);
  if (x.node.empty())
    return "--to must be HOST:PORT of a node; it is empty";
  if (auto why = std::get_if<std::string>(&where))
    return "--to: " + *why;
  if (x.table.empty() && x.table_field.empty())
    return "--table or --table-field must say where the rows shall go";
  if (!x.table.empty() && !parse_table(x.table))
    return "--table must be DATASET.TABLE, not " + x.table;
  if (!patience_of(x))
    return "--give-up must be a time such as 500ms, 30s or 5min, not "
           + x.give_up;
  return {};
}

std::string check_files(const send_options& x) {
  auto has_stdin = std::ranges::find(x.files, "-") != x.files.end();
  if (x.follow && has_stdin)
    return "--follow needs files; standard input is read to its end anyway";
  if (!x.checkpoint.empty() && has_stdin)
    return "--checkpoint needs files; standard input cannot be read again";
  if (!x.follow && x.checkpoint.empty())
    return {};
  std::set<std::string> known;
  for (auto& file : x.files)
    if (!known.insert(absolute_path(file)).second)
      return file
             + " is given twice, which does not go with --follow or "
               "--checkpoint";
  return {};
}

std::string check_csv(const send_options& x, format_options& result) {
  if (!x.format.empty() && !(result.format = parse_format(x.format)))
    return "--format must be ndjson or csv, not " + x.format;
  auto text = x.delimiter == "\\t" ? std::string{"\t"} : x.delimiter;
  constexpr std::string_view never = "\"\r\n";
  if (text.size() != 1 || never.find(text) != std::string_view::npos
      || static_cast<signed char>(text[0]) < 0)
    return "--delimiter must be one ASCII character, or \\t, and no quote";
  result.csv.delimiter = text[0];
  result.csv.infer = x.infer;
  auto is_csv = [&result](const std::string& file) {
    return format_of(file, result) == row_format::csv;
  };
  if ((x.infer || text != ",") && std::ranges::none_of(x.files, is_csv))
    return "--infer and --delimiter are for CSV, and no input is; see "
           "--format";
  return {};
}

} // namespace

std::variant<format_options, std::string> check(const send_options& x) {
  format_options result;
  for (auto& why : {check_destination(x), check_files(x), check_csv(x, result)})
    if (!why.empty())
      return why;
  return result;
}

std::optional<std::chrono::milliseconds> patience_of(const send_options& x) {
  if (!x.give_up.empty())
    return parse_duration(x.give_up);
  return x.follow ? std::chrono::milliseconds::max()
                  : std::chrono::milliseconds{30'000};
}

std::string absolute_path(const std::string& file) {
  return std::filesystem::absolute(file).lexically_normal().string();
}

} // namespace bqs::app
