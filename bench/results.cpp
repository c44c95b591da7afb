#include "bench/results.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <sstream>
#include <utility>

namespace bqs::bench {

namespace {

using grid = std::vector<std::vector<std::string>>;

/// A number with three digits that count, in groups of three.
std::string show(double x) {
  std::array<char, 64> buffer{};
  auto size = std::abs(x);
  auto digits = size == 0 || size >= 100 ? 0 : size >= 10 ? 1 : 2;
  if (size > 0 && size < 0.1)
    digits = 4;
  std::snprintf(buffer.data(), buffer.size(), "%.*f", digits, x);
  std::string result{buffer.data()};
  auto end = std::min(result.find('.'), result.size());
  auto begin = std::size_t{x < 0};
  for (auto at = end; at > begin + 3;)
    result.insert(at -= 3, 1, ',');
  return result;
}

std::string show(const results::values& x) {
  if (x.is_string())
    return x.get<std::string>();
  if (x.is_number())
    return show(x.get<double>());
  if (x.is_null())
    return {};
  if (!x.is_array())
    return x.dump();
  std::string result;
  for (auto& y : x)
    result += (result.empty() ? "" : " ") + show(y);
  return result;
}

/// Head and lines as cells; what a line does not have stays empty.
grid cells(const std::vector<std::pair<std::string, results::values>>& lines) {
  std::vector<std::string> columns;
  for (auto& [what, found] : lines)
    for (auto& [key, value] : found.items())
      if (std::ranges::find(columns, key) == columns.end())
        columns.push_back(key);
  grid result;
  auto& head = result.emplace_back();
  head.emplace_back("case");
  head.insert(head.end(), columns.begin(), columns.end());
  for (auto& [what, found] : lines) {
    auto& line = result.emplace_back();
    line.push_back(what);
    for (auto& x : columns)
      line.push_back(found.contains(x) ? show(found[x]) : std::string{});
  }
  return result;
}

std::string aligned(const grid& xs) {
  std::vector<std::size_t> widths(xs.front().size());
  for (auto& x : xs)
    for (std::size_t i = 0; i < x.size(); ++i)
      widths[i] = std::max(widths[i], x[i].size());
  std::string result;
  for (auto& x : xs) {
    result += "  " + x[0] + std::string(widths[0] - x[0].size(), ' ');
    for (std::size_t i = 1; i < x.size(); ++i)
      result += "  " + std::string(widths[i] - x[i].size(), ' ') + x[i];
    result += '\n';
  }
  return result;
}

} // namespace

results::section& results::of(const std::string& bench) {
  auto i = std::ranges::find(sections_, bench, &section::bench);
  if (i != sections_.end())
    return *i;
  return sections_.emplace_back(section{bench, {}, {}});
}

void results::add(const std::string& bench, const std::string& what,
                  values found) {
  std::fprintf(stderr, "%s: %s", bench.c_str(), what.c_str());
  auto separator = ": ";
  for (auto& [key, value] : found.items()) {
    if (value.is_null())
      continue;
    std::fprintf(stderr, "%s%s %s", separator, show(value).c_str(),
                 key.c_str());
    separator = ", ";
  }
  std::fputc('\n', stderr);
  of(bench).lines.emplace_back(what, std::move(found));
}

void results::leave_out(const std::string& bench, const std::string& why) {
  auto& all = of(bench).left_out;
  if (std::ranges::find(all, why) == all.end())
    all.push_back(why);
}

void results::describe(const std::string& key, const std::string& value) {
  described_.emplace_back(key, value);
}

std::string results::text() const {
  std::string result;
  for (auto& [key, value] : described_)
    result += key + ": " + value + "\n";
  for (auto& x : sections_) {
    result += "\n" + x.bench + "\n";
    if (!x.lines.empty())
      result += aligned(cells(x.lines));
    for (auto& why : x.left_out)
      result += "  not measured: " + why + "\n";
  }
  return result;
}

std::string results::markdown(std::string_view bench) const {
  std::string result;
  if (bench == "machine") {
    for (auto& [key, value] : described_)
      result += "* " + key + ": " + value + "\n";
    return result;
  }
  auto i = std::ranges::find(sections_, bench, &section::bench);
  if (i == sections_.end())
    return {};
  auto head = true;
  auto table = i->lines.empty() ? grid{} : cells(i->lines);
  for (auto& x : table) {
    for (auto& cell : x)
      result += "| " + cell + " ";
    result += "|\n";
    if (std::exchange(head, false)) {
      result += "| --- ";
      for (std::size_t k = 1; k < x.size(); ++k)
        result += "| ---: ";
      result += "|\n";
    }
  }
  for (auto& why : i->left_out)
    result += (result.empty() ? "" : "\n") + ("Not measured: " + why + ".\n");
  return result;
}

std::string results::json() const {
  values result;
  for (auto& [key, value] : described_)
    result["machine"][key] = value;
  auto& all = result["results"] = values::array();
  for (auto& x : sections_) {
    for (auto& [what, found] : x.lines) {
      values line{{"bench", x.bench}, {"case", what}};
      line.update(found);
      all.push_back(std::move(line));
    }
    for (auto& why : x.left_out)
      all.push_back({{"bench", x.bench}, {"not_measured", why}});
  }
  return result.dump(1) + "\n";
}

std::string results::fill(const std::string& page) const {
  constexpr std::string_view begin = "<!-- bench: ";
  constexpr std::string_view end = "<!-- end of bench -->";
  std::istringstream lines{page};
  std::string result;
  auto skips = false;
  for (std::string line; std::getline(lines, line);) {
    if (line == end)
      skips = false;
    if (!skips)
      result += line + "\n";
    if (!line.starts_with(begin))
      continue;
    auto name = line.substr(begin.size());
    auto table = markdown(name.substr(0, name.find(' ')));
    if (!table.empty()) {
      result += "\n" + table + "\n";
      skips = true;
    }
  }
  return result;
}

} // namespace bqs::bench
