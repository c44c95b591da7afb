#include "app/manual.hpp"

#include <gtest/gtest.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

using namespace bqs::app;

namespace {

std::string page(CLI::App& x) {
  return manual_page(x, "prog 1.2.3");
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != text.npos;
}

TEST(manual, the_program_has_name_options_and_exit_codes) {
  CLI::App x{"Does things.", "prog"};
  std::string value;
  x.add_option("-c,--color", value, "When")->type_name("auto|never");
  auto text = page(x);
  EXPECT_TRUE(text.starts_with(".TH PROG 1 \"\" \"prog 1.2.3\""));
  EXPECT_TRUE(has(text, ".SH NAME\nprog \\- does things\n"));
  EXPECT_TRUE(has(text, ".TP\n\\fB\\-c\\fR, \\fB\\-\\-color\\fR="
                        "\\fIauto|never\\fR\nWhen.\n"))
    << text;
  EXPECT_TRUE(has(text, ".SH EXIT STATUS\n.TP\n\\fB0\\fR\nall is well.\n"));
  EXPECT_TRUE(has(text, ".SH ENVIRONMENT\n"));
}

TEST(manual, a_command_has_all_that_its_help_says) {
  CLI::App x{"Does things.", "prog"};
  auto run = x.add_subcommand("run", "Runs");
  std::string to;
  std::string every;
  std::vector<std::string> files;
  auto number = 5;
  auto flag = false;
  run->add_option("--to", to, "Where to")->type_name("HOST")->required();
  run->add_option("--last", number, "How many")
    ->type_name("N")
    ->capture_default_str();
  run->add_option("--every", every, "How often")
    ->type_name("SECONDS")
    ->expected(0, 1)
    ->default_str("2");
  run->add_flag("--json", flag, "As JSON")->group("[form]");
  run->add_option("files", files, "What")->type_name("FILE");
  run->footer("First.\n\nSecond:\n  example\nend.");
  auto text = page(x);
  for (auto part : {
         ".SS \"run [OPTION...] [FILE...]\"\nRuns.\n",
         ".TP\n\\fB\\-\\-to\\fR=\\fIHOST\\fR\nWhere to. Required.\n",
         "\\fB\\-\\-last\\fR=\\fIN\\fR\nHow many. Default: 5.\n",
         "\\fB\\-\\-every\\fR[=\\fISECONDS\\fR]\nHow often.\n",
         ".PP\n\\fB[form]\\fR\n.TP\n\\fB\\-\\-json\\fR\nAs JSON.\n",
         "\\fI[FILE...]\\fR\nWhat.\n",
         ".PP\nFirst.\n.PP\nSecond:\n.nf\n  example\n.fi\nend.\n",
       })
    EXPECT_TRUE(has(text, part)) << part << " in " << text;
}

TEST(manual, nothing_in_a_text_is_an_order_to_troff) {
  CLI::App x{"Does things.", "prog"};
  x.add_subcommand("run", ".so /etc/passwd \\fB\n'x")->footer("\n.bad\n");
  auto text = page(x);
  EXPECT_TRUE(has(text, "\\&.so /etc/passwd \\efB\n\\&'x.\n")) << text;
  EXPECT_TRUE(has(text, "\\&.bad\n")) << text;
}

} // namespace
