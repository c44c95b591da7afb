#include "app/completion.hpp"

#include <string_view>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "app/option_values.hpp"

namespace bqs::app {

namespace {

// $command, $option, $current: what stands before the cursor. `values` and
// `kind` say what may stand there; names are ours and need no quotes.
constexpr std::string_view script = R"(# Made by `%NAME% completion bash`.
_%NAME%() {
  local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}
  local command= option= values= kind=words word
  # Bash takes the = of --option=value for a word of its own.
  if [[ $current == = ]]; then
    option=$before current=
  elif [[ $before == = ]]; then
    option=${COMP_WORDS[COMP_CWORD-2]}
  elif [[ $before == -* ]]; then
    option=$before
  fi
  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case $word in
      %COMMANDS%) command=$word; break ;;
    esac
  done
  case "$command $option" in
%VALUES%    *)
      case $command in
%OPTIONS%      esac ;;
  esac
  COMPREPLY=()
  case $kind in
    words) mapfile -t COMPREPLY < <(compgen -W "$values" -- "$current") ;;
    files) mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
    directories) mapfile -t COMPREPLY < <(compgen -d -- "$current") ;;
  esac
  if [[ $kind != words ]]; then
    compopt -o filenames 2>/dev/null
  elif [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *= ]]; then
    compopt -o nospace 2>/dev/null
  fi
  return 0
}
complete -F _%NAME% %NAME%
)";

void replace_all(std::string& text, std::string_view from,
                 std::string_view to) {
  for (auto at = text.find(from); at != std::string::npos;
       at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
}

/// A flag takes none; where a value may be left out, none is proposed.
bool needs_value(const CLI::Option& x) {
  return x.get_items_expected_min() > 0;
}

/// What the script sets where a value of this kind is wanted.
std::string proposal(const std::string& type_name) {
  if (type_name == "FILE")
    return "kind=files";
  if (type_name == "DIR")
    return "kind=directories";
  std::string words;
  for (auto& word : fixed_values(type_name))
    words += (words.empty() ? "" : " ") + word;
  return words.empty() ? "kind=none" : "values='" + words + "'";
}

/// The cases for values of the options of one command; of the program itself
/// with any command.
std::string value_cases(const CLI::App& x) {
  auto command = x.get_parent() == nullptr ? "*' " : "'" + x.get_name() + " ";
  std::string result;
  for (auto option : x.get_options())
    if (needs_value(*option))
      for (auto& name : option->get_lnames())
        result.append("    ")
          .append(command)
          .append("--")
          .append(name)
          .append("') ")
          .append(proposal(option->get_type_name()))
          .append(" ;;\n");
  return result;
}

std::string option_names(const CLI::App& x) {
  std::string result;
  for (auto option : x.get_options()) {
    // Each command has its own; the program's is enough.
    if (x.get_parent() != nullptr && option == x.get_help_ptr())
      continue;
    for (auto& name : option->get_lnames())
      result += " --" + name + (needs_value(*option) ? "=" : "");
  }
  return result;
}

/// What a command takes beside options.
std::string positional_kind(const CLI::App& x) {
  for (auto option : x.get_options())
    if (option->get_positional())
      return proposal(option->get_type_name());
  return {};
}

/// The cases for what may stand where no value of an option is wanted.
std::string option_cases(const CLI::App& program, const std::string& commands) {
  auto common = option_names(program);
  auto result = "        '') values='" + commands + common + "' ;;\n";
  for (auto x : program.get_subcommands({})) {
    auto names = option_names(*x) + common;
    names.replace(0, 1, "values='").append("'"); // without the first blank
    // What begins with a hyphen is an option and no file.
    if (auto kind = positional_kind(*x); !kind.empty())
      names.insert(0, "if [[ $current == -* ]]; then ")
        .append("; else ")
        .append(kind)
        .append("; fi");
    result.append("        ")
      .append(x->get_name())
      .append(") ")
      .append(names)
      .append(" ;;\n");
  }
  return result;
}

} // namespace

std::string bash_completion(const CLI::App& program) {
  std::string commands;
  std::string values = value_cases(program);
  for (auto x : program.get_subcommands({})) {
    commands += (commands.empty() ? "" : " ") + x->get_name();
    values += value_cases(*x);
  }
  auto alternatives = commands;
  replace_all(alternatives, " ", "|");
  std::string result{script};
  replace_all(result, "%COMMANDS%", alternatives);
  replace_all(result, "%VALUES%", values);
  replace_all(result, "%OPTIONS%", option_cases(program, commands));
  replace_all(result, "%NAME%", program.get_name());
  return result;
}

} // namespace bqs::app
