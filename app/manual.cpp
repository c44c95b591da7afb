#include "app/manual.hpp"

#include <algorithm>
#include <cctype>
#include <string_view>
#include <vector>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "app/environment.hpp"
#include "app/exit_codes.hpp"

namespace bqs::app {

namespace {

/// Takes from a text what troff would act upon: backslashes, and a point or an
/// apostrophe that begins a line. A hyphen is to be copied as such.
std::string escaped(std::string_view x) {
  std::string result;
  for (auto c : x) {
    auto fresh = result.empty() || result.back() == '\n';
    if (fresh && (c == '.' || c == '\''))
      result += "\\&";
    if (c == '\\')
      result += "\\e";
    else if (c == '-')
      result += "\\-";
    else
      result += c;
  }
  return result;
}

std::string bold(std::string_view x) {
  return "\\fB" + escaped(x) + "\\fR";
}

std::string italic(std::string_view x) {
  return "\\fI" + escaped(x) + "\\fR";
}

std::string section(const std::string& name) {
  return ".SH " + name + "\n";
}

std::string entry(const std::string& name, const std::string& text) {
  return ".TP\n" + name + "\n" + text + "\n";
}

/// Lines that are filled, except those that begin with a blank: examples.
std::string paragraphs(const std::string& text) {
  std::string result;
  auto literal = false;
  for (std::string_view rest = text; !rest.empty();) {
    auto end = std::min(rest.find('\n'), rest.size());
    auto line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    auto example = line.starts_with(' ');
    if (example != literal)
      result += example ? ".nf\n" : ".fi\n";
    literal = example;
    result += line.empty() ? std::string{".PP"} : escaped(line);
    result += '\n';
  }
  return literal ? result + ".fi\n" : result;
}

/// `FILE`, `[FILE...]`
std::string positional(const CLI::Option& x) {
  auto name = x.get_type_name().empty() ? x.get_name(true) : x.get_type_name();
  if (x.get_items_expected_max() > 1)
    name += "...";
  return x.get_required() ? name : "[" + name + "]";
}

/// `\fB--batch.rows\fR=\fIN\fR`
std::string heading_of(const CLI::Option& x) {
  if (x.get_positional())
    return italic(positional(x));
  auto type = x.get_items_expected_max() > 0 ? x.get_type_name() : "";
  std::string names;
  for (auto& name : x.get_snames())
    names += (names.empty() ? "" : ", ") + bold("-" + name);
  for (auto& name : x.get_lnames())
    names += (names.empty() ? "" : ", ") + bold("--" + name);
  if (type.empty())
    return names;
  return x.get_expected_min() == 0 ? names + "[=" + italic(type) + "]"
                                   : names + "=" + italic(type);
}

std::string text_of(const CLI::Option& x) {
  auto result = x.get_description() + ".";
  if (x.get_required())
    result += " Required.";
  // Where a value may be left out, this is what stands for it: no default.
  if (auto preset = x.get_default_str();
      !preset.empty() && x.get_items_expected_min() > 0)
    result += " Default: " + preset + ".";
  return escaped(result);
}

/// All options, group by group; `--help` only of the program itself.
std::string options(const CLI::App& x) {
  std::string result;
  std::string group = "Options";
  for (auto option : x.get_options()) {
    if (x.get_parent() != nullptr && option == x.get_help_ptr())
      continue;
    if (option->get_group() != group) {
      group = option->get_group();
      result += ".PP\n" + bold(group) + "\n";
    }
    result += entry(heading_of(*option), text_of(*option));
  }
  return result;
}

std::string command(const CLI::App& x) {
  std::string positionals;
  for (auto option : x.get_options())
    if (option->get_positional())
      positionals += " " + positional(*option);
  auto result = ".SS \"" + escaped(x.get_name() + " [OPTION...]" + positionals)
                + "\"\n" + escaped(x.get_description()) + ".\n" + options(x);
  if (auto footer = x.get_footer(); !footer.empty())
    result += ".PP\n" + paragraphs(footer);
  return result;
}

std::string exit_status() {
  auto result = section("EXIT STATUS");
  for (auto& x : exit_meanings)
    result += entry(bold(std::to_string(x.code)),
                    escaped(std::string{x.text} + "."));
  return result;
}

std::string environment() {
  auto result = section("ENVIRONMENT");
  for (auto& x : environment_variables)
    result += entry(bold(x.name), escaped(std::string{x.meaning} + "."));
  return result;
}

/// The name line says what it is, not what it does: no capital, no full stop.
std::string as_phrase(std::string x) {
  if (!x.empty())
    x.front()
      = static_cast<char>(std::tolower(static_cast<unsigned char>(x.front())));
  if (x.ends_with('.'))
    x.pop_back();
  return x;
}

} // namespace

std::string manual_page(const CLI::App& program, const std::string& version) {
  const auto& name = program.get_name();
  auto title = name;
  std::transform(title.begin(), title.end(), title.begin(), [](char c) {
    return static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  });
  // No date: the same program makes the same page. No hyphens, and no margin
  // on the right, in lines full of keys and addresses.
  auto result = ".TH " + title + " 1 \"\" \"" + escaped(version)
                + "\" \"User Commands\"\n.nh\n.ad l\n" + section("NAME")
                + escaped(name) + " \\- "
                + escaped(as_phrase(program.get_description())) + "\n"
                + section("SYNOPSIS") + bold(name) + " " + italic("COMMAND")
                + " [" + italic("OPTION") + "...]\n" + section("OPTIONS")
                + options(program) + section("COMMANDS");
  for (auto x : program.get_subcommands({}))
    result += command(*x);
  return result + exit_status() + environment();
}

} // namespace bqs::app
