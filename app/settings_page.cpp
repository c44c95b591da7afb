#include "app/settings_page.hpp"

#include <vector>

#include "app/columns.hpp"
#include "app/settings.hpp"

namespace bqs::app {

namespace {

constexpr auto introduction
  = R"(<!-- Made by scripts/docs from app/settings.cpp: changes to this page are lost. -->

# Settings of `bqstreamer node`

Each setting may be written in a file, `bqstreamer node --config-file=FILE`, or given as an option, which wins:

    [batch]                         bqstreamer node --batch.rows=1000
    rows = 1000

What is said nowhere has its default. A section `[table.DATASET.TABLE]` sets what is marked *per table* for one table, in
whatever project, and wins over both; there keys are written in full:

    [table.shop.events]
    batch.rows = 50

A line that is not understood, a value that is not allowed, a key that is set twice: the node does not start, says file,
line and key, and ends with exit code 64. [config/bqstreamer.ini](../config/bqstreamer.ini) holds all settings at their
defaults.

| kind | as it is written |
| --- | --- |
| size | 65536, 64KiB, 1MiB, 1GiB |
| time | 500ms, 1s, 5min, 24h; always with a unit |
| text | with or without quotes; in quotes, `\"` is a quote and `\\` a backslash |
)";

/// A text as a cell of a Markdown table.
std::string escaped(const std::string& x) {
  std::string result;
  for (auto c : x) {
    if (c == '|')
      result += '\\';
    result += c;
  }
  return result;
}

} // namespace

std::string settings_text(const paper& on) {
  std::vector<std::vector<cell>> lines;
  for (auto& x : all_settings())
    lines.push_back({{x.key()},
                     {default_of(x)},
                     {x.allowed, tone::dim},
                     {x.per_table() ? "per table" : "", tone::dim},
                     {x.meaning}});
  columns layout{{{"KEY"},
                  {"DEFAULT", lean::left, 16},
                  {"ALLOWED", lean::left, 16},
                  {"SCOPE"},
                  {"MEANING", lean::left, 7}}};
  layout.widen(lines);
  return layout.heading(on) + layout.text(lines, on);
}

std::string settings_markdown() {
  std::string result = introduction;
  std::string group;
  for (auto& x : all_settings()) {
    if (x.group != group) {
      group = x.group;
      result += "\n## [" + group
                + "]\n\n| key | default | allowed | per table | meaning |\n"
                  "| --- | --- | --- | --- | --- |\n";
    }
    result += "| `" + x.key() + "` | `" + escaped(default_of(x)) + "` | "
              + escaped(x.allowed) + " | " + (x.per_table() ? "yes" : "no")
              + " | " + escaped(x.meaning) + " |\n";
  }
  return result;
}

} // namespace bqs::app
