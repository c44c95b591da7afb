#include "app/logging.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <spdlog/spdlog.h>

using namespace bqs::app;
using nlohmann::json;

namespace {

TEST(logging, json_lines_are_json_whatever_the_message) {
  testing::internal::CaptureStderr();
  start_logging("info", "json");
  spdlog::info("a \"quoted\" text\nof two lines");
  auto text = testing::internal::GetCapturedStderr();
  auto line = json::parse(text);
  EXPECT_EQ(line.at("message"), "a \"quoted\" text\nof two lines");
  EXPECT_EQ(line.at("level"), "info");
  EXPECT_EQ(line.at("time").get<std::string>().back(), 'Z');
}

TEST(logging, words_of_others_do_not_steer_a_terminal) {
  testing::internal::CaptureStderr();
  start_logging("info", "text");
  spdlog::info("no\n{}", "\xC2\x9B"
                         "2J\xE2\x80\xAE");
  auto text = testing::internal::GetCapturedStderr();
  EXPECT_NE(text.find(": no \xEF\xBF\xBD"
                      "2J\xEF\xBF\xBD\n"),
            std::string::npos)
    << text;
  testing::internal::CaptureStderr();
  start_logging("info", "json");
  spdlog::info("\xC2\x9B");
  text = testing::internal::GetCapturedStderr();
  EXPECT_NE(text.find(R"("message":"\u009b")"), std::string::npos) << text;
}

TEST(logging, what_weighs_less_is_left_out) {
  testing::internal::CaptureStderr();
  start_logging("warning", "text");
  spdlog::info("light");
  spdlog::warn("heavy");
  auto text = testing::internal::GetCapturedStderr();
  EXPECT_EQ(text.find("light"), std::string::npos);
  EXPECT_NE(text.find("warning: heavy"), std::string::npos) << text;
}

TEST(logging, off_is_silent) {
  testing::internal::CaptureStderr();
  start_logging("off", "text");
  spdlog::critical("unheard");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

} // namespace
