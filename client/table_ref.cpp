#include "bqstreamer/table_ref.hpp"

#include <algorithm>

#include "http/utf8.hpp"

namespace bqs {

namespace {

constexpr std::size_t longest_name = 1024; // of datasets and tables, in bytes

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_word(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
         || c == '_';
}

/// Begins and ends with a letter or digit: `..` would climb up in a path.
bool is_project(std::string_view x) {
  auto may_be_inside
    = [](char c) { return is_word(c) || c == '-' || c == '.' || c == ':'; };
  auto may_be_outside = [](char c) { return is_word(c) && c != '_'; };
  return x.size() <= longest_name && std::ranges::all_of(x, may_be_inside)
         && may_be_outside(x.front()) && may_be_outside(x.back());
}

/// Letters, digits, `_`, `-`, blanks and whatever is not ASCII: BigQuery takes
/// letters, marks, numbers, connectors and dashes of all scripts.
bool is_table(char c) {
  return is_word(c) || c == '-' || c == ' ' || static_cast<signed char>(c) < 0;
}

bool is_partition(std::string_view x) {
  if (x == "__UNPARTITIONED__" || x == "__NULL__")
    return true;
  return x.size() >= 4 && x.size() <= 10 && std::ranges::all_of(x, is_digit);
}

std::string check_table(std::string_view x) {
  auto dollar = x.find('$');
  auto name = x.substr(0, dollar);
  if (name.empty() || name.size() > longest_name
      || !std::ranges::all_of(name, is_table) || !http::is_utf8(name))
    return "a table is 1 to 1,024 letters, digits, '_', '-' and blanks";
  if (dollar != std::string_view::npos && !is_partition(x.substr(dollar + 1)))
    return "a partition is 4 to 10 digits, such as $20260131";
  return {};
}

} // namespace

std::optional<table_ref> parse_table(std::string_view text) {
  auto dot = text.rfind('.');
  if (dot == std::string_view::npos)
    return std::nullopt;
  table_ref result;
  result.table = text.substr(dot + 1);
  auto rest = text.substr(0, dot);
  auto cut = rest.find_last_of(".:");
  if (cut != std::string_view::npos) {
    result.project = rest.substr(0, cut);
    if (result.project.empty())
      return std::nullopt;
    rest = rest.substr(cut + 1);
  }
  result.dataset = rest;
  if (!check(result).empty())
    return std::nullopt;
  return result;
}

std::string check(const table_ref& x) {
  if (!x.project.empty() && !is_project(x.project))
    return "a project is letters, digits, and inside '-', '_', '.' and ':'";
  if (x.dataset.empty() || x.dataset.size() > longest_name
      || !std::ranges::all_of(x.dataset, is_word))
    return "a dataset is 1 to 1,024 letters, digits and '_'";
  if (auto wrong = check_table(x.table); !wrong.empty())
    return wrong;
  auto name = std::string_view{x.table}.substr(0, x.table.find('$'));
  if (name.size() + x.suffix.size() > longest_name
      || !std::ranges::all_of(x.suffix, is_word))
    return "a template suffix is letters, digits and '_'";
  return {};
}

bool names(const table_ref& wanted, const table_ref& x,
           std::string_view project) {
  auto plain
    = [](std::string_view name) { return name.substr(0, name.find('$')); };
  return wanted.dataset == x.dataset && plain(wanted.table) == plain(x.table)
         && (wanted.project.empty()
             || wanted.project == (x.project.empty() ? project : x.project));
}

std::string to_string(const table_ref& x) {
  auto result = x.project.empty() ? std::string{} : x.project + ":";
  result += x.dataset + "." + x.table;
  if (!x.suffix.empty())
    result += "+" + x.suffix;
  return result;
}

} // namespace bqs
