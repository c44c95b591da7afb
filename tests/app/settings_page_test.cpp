#include "app/settings_page.hpp"

#include <gtest/gtest.h>

#include "app/settings.hpp"
#include "tests/scratch.hpp"

using namespace bqs::app;

namespace {

TEST(settings_page, the_document_is_as_the_code_has_it) {
  auto text = bqs::test::text_of(BQS_SOURCE_DIR "/docs/settings.md");
  EXPECT_TRUE(text == settings_markdown()) << "scripts/docs writes it anew";
}

TEST(settings_page, every_setting_is_on_both_pages) {
  auto markdown = settings_markdown();
  auto text = settings_text({});
  for (auto& x : all_settings()) {
    EXPECT_NE(
      markdown.find("\n| `" + x.key() + "` | `" + default_of(x) + "` | "),
      std::string::npos)
      << x.key();
    EXPECT_NE(text.find("\n" + x.key() + " "), std::string::npos) << x.key();
  }
}

} // namespace
