#include "app/completion.hpp"

#include <gtest/gtest.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

using namespace bqs::app;

namespace {

// What bash makes of it is tested in documents_test.bash.

TEST(completion, commands_options_and_values_are_in_the_script) {
  CLI::App x{"Does things.", "prog"};
  std::string text;
  auto flag = false;
  x.add_option("--color", text, "When")->type_name("auto|never");
  auto run = x.add_subcommand("run", "Runs");
  run->add_option("--key", text, "A file")->type_name("FILE");
  run->add_option("--data", text, "A directory")->type_name("DIR");
  run->add_option("--to", text, "An address")->type_name("HOST:PORT");
  run->add_flag("--json", flag, "As JSON");
  x.add_subcommand("look", "Looks")
    ->add_option("files", text, "Some")
    ->type_name("FILE");
  auto script = bash_completion(x);
  for (auto part : {
         "\n_prog() {\n",
         "      run|look) command=$word; break ;;\n",
         "    *' --color') values='auto never' ;;\n",
         "    'run --key') kind=files ;;\n",
         "    'run --data') kind=directories ;;\n",
         "    'run --to') kind=none ;;\n",
         "        '') values='run look --help --color=' ;;\n",
         "        run) values='--key= --data= --to= --json --help --color=' ;;",
         "        look) if [[ $current == -* ]]; then values='--help "
         "--color='; "
         "else kind=files; fi ;;\n",
         "\ncomplete -F _prog prog\n",
       })
    EXPECT_NE(script.find(part), script.npos) << part << " in " << script;
  EXPECT_EQ(script.find('%'), script.npos);
}

} // namespace
