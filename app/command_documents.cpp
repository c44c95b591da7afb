#include <iostream>
#include <memory>
#include <string>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "app/commands.hpp"
#include "app/completion.hpp"
#include "app/manual.hpp"
#include "app/settings_page.hpp"
#include "app/terminal.hpp"

namespace bqs::app {

namespace {

int print(const std::string& text) {
  std::cout << text << std::flush;
  return exit_ok;
}

CLI::App* add_document(CLI::App& program, const std::string& name,
                       const std::string& text) {
  auto result = program.add_subcommand(name, text);
  result->group("Documents");
  return result;
}

void add_manual(CLI::App& program, action& run) {
  auto command = add_document(
    program, "manual", "Prints the manual page: bqstreamer manual | man -l -");
  command->callback([&program, &run] {
    run = [&program] {
      return print(manual_page(program, "bqstreamer " BQS_VERSION));
    };
  });
}

void add_completion(CLI::App& program, action& run) {
  auto command
    = add_document(program, "completion",
                   "Prints a script that completes commands and options: "
                   "source <(bqstreamer completion bash)");
  auto shell = std::make_shared<std::string>();
  command->add_option("shell", *shell, "The only one that is known")
    ->type_name("bash")
    ->required();
  command->callback([&program, shell, &run] {
    run = [&program, shell] {
      if (*shell != "bash")
        return complain("completion: the shell must be bash, not " + *shell,
                        exit_usage);
      return print(bash_completion(program));
    };
  });
}

void add_settings(CLI::App& program, action& run, const color_choice& color) {
  auto command
    = add_document(program, "settings", "Prints all settings of the node");
  auto format = std::make_shared<std::string>("text");
  command->add_option("--format", *format, "Columns, or docs/settings.md")
    ->type_name("text|markdown")
    ->capture_default_str();
  command->callback([format, &run, &color] {
    run = [format, &color] {
      if (*format == "markdown")
        return print(settings_markdown());
      if (*format != "text")
        return complain("--format must be text or markdown, not " + *format,
                        exit_usage);
      return print(settings_text(output_paper(color)));
    };
  });
}

} // namespace

void add_document_commands(CLI::App& program, action& run,
                           const color_choice& color) {
  add_manual(program, run);
  add_completion(program, run);
  add_settings(program, run, color);
}

} // namespace bqs::app
