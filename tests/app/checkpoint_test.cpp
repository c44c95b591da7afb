#include "app/checkpoint.hpp"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "app/temporary_directory.hpp"

using namespace bqs::app;

namespace {

const checkpoint two{
  {"/log/a \"x\"",
   {1, 2, 3, 18446744073709551615u},
   "abcdefghijklmnopqrstuv",
   {1'000'000'000'000, 7},
   false},
  {"/log/b", {4, 5, 0, 6}, "0123456789abcdefghij-_", {}, true}};

checkpoint loaded(const std::string& path) {
  auto result = load_checkpoint(path);
  EXPECT_TRUE(std::holds_alternative<checkpoint>(result))
    << std::get<std::string>(result);
  return std::get<checkpoint>(result);
}

TEST(checkpoint, comes_back_as_it_was_saved) {
  temporary_directory directory{"bqs-checkpoint-"};
  auto path = directory.path() + "/state";
  EXPECT_EQ(loaded(path), checkpoint{});
  EXPECT_EQ(save_checkpoint(path, two), "");
  EXPECT_EQ(loaded(path), two);
  EXPECT_EQ(save_checkpoint(path, {}), "");
  EXPECT_EQ(loaded(path), checkpoint{});
  EXPECT_FALSE(std::filesystem::exists(path + ".new"));
}

TEST(checkpoint, what_is_not_understood_is_refused_by_name) {
  temporary_directory directory{"bqs-checkpoint-"};
  auto path = directory.path() + "/state";
  auto whole = show_checkpoint(two);
  auto refused = [&](const std::string& text) {
    std::ofstream{path} << text;
    auto result = load_checkpoint(path);
    auto why = std::get_if<std::string>(&result);
    return why && why->find(path) != std::string::npos
           && why->find('\n') == std::string::npos;
  };
  EXPECT_TRUE(refused(""));
  EXPECT_TRUE(refused("{}"));
  EXPECT_TRUE(refused("[]"));
  EXPECT_TRUE(refused(R"({"format":"bqstreamer-checkpoint/2","files":[]})"));
  EXPECT_TRUE(refused(R"({"format":"bqstreamer-checkpoint/1"})"));
  EXPECT_TRUE(refused(R"({"format":"bqstreamer-checkpoint/1","files":[1]})"));
  for (std::size_t i = 1; i + 1 < whole.size(); i += 7)
    EXPECT_TRUE(refused(whole.substr(0, i))) << i;
  auto with = [&](const std::string& from, const std::string& to) {
    auto result = whole;
    auto at = result.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return result.replace(at, from.size(), to);
  };
  EXPECT_FALSE(refused(whole));
  EXPECT_TRUE(refused(with("1000000000000", "-1")));
  EXPECT_TRUE(refused(with("1000000000000", "1.5")));
  EXPECT_TRUE(refused(with("1000000000000", "\"1\"")));
  EXPECT_TRUE(refused(with("\"offset\"", "\"offzet\"")));
  EXPECT_TRUE(refused(with("abcdefghijklmnopqrstuv", "short")));
  EXPECT_TRUE(refused(with("false", "0")));
}

TEST(checkpoint, what_is_another_file_is_not_quoted) {
  temporary_directory directory{"bqs-checkpoint-"};
  auto path = directory.path() + "/state";
  auto said = [&](const std::string& text) {
    std::ofstream{path} << text;
    auto result = load_checkpoint(path);
    auto why = std::get_if<std::string>(&result);
    return why ? *why : std::string{};
  };
  auto wrong = "the checkpoint " + path + " is not understood: ";
  for (auto text : {"\"topsecretpassphrase\n", "topsecretpassphrase\n",
                    "{\"topsecretpassphrase\"", "{\"a\":topsecretpassphrase}"})
    EXPECT_EQ(said(text), wrong + "it is not JSON") << text;
  EXPECT_EQ(said("\"topsecretpassphrase\""), wrong + "it is not a JSON object");
  EXPECT_EQ(said(std::string(10'000, '[')), wrong + "it is nested too deep");
  for (auto text : {R"({"topsecretpassphrase":1})",
                    R"({"format":"bqstreamer-checkpoint/1","files":["tops"]})"})
    EXPECT_EQ(said(text), wrong + "a field is missing or of another type");
  EXPECT_EQ(said(R"({"format":"topsecretpassphrase"})"),
            wrong + "its format is not bqstreamer-checkpoint/1");
}

TEST(checkpoint, a_directory_is_refused_by_name) {
  temporary_directory directory{"bqs-checkpoint-"};
  auto read = load_checkpoint(directory.path());
  auto why = std::get_if<std::string>(&read);
  ASSERT_NE(why, nullptr);
  EXPECT_EQ(*why, "the checkpoint " + directory.path()
                    + " cannot be read: Is a directory");
}

// Nobody writes into the one and reads from the other, and the third is larger
// than any memory.
TEST(checkpoint, what_has_no_end_is_refused_by_name) {
  temporary_directory directory{"bqs-checkpoint-"};
  auto path = directory.path() + "/state";
  auto fault = [](const std::string& of) {
    auto read = load_checkpoint(of);
    auto why = std::get_if<std::string>(&read);
    return why ? *why : std::string{};
  };
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  EXPECT_EQ(fault(path),
            "the checkpoint " + path + " cannot be read: not a file");
  ASSERT_EQ(::mkfifo((path + ".new").c_str(), 0600), 0);
  EXPECT_TRUE(save_checkpoint(path, two).starts_with(
    "the checkpoint cannot be written, " + path));
  EXPECT_EQ(fault("/dev/zero"),
            "the checkpoint /dev/zero cannot be read: not a file");
  auto large = directory.path() + "/large";
  std::ofstream{large} << "{";
  std::filesystem::resize_file(large, (64u << 20) + 1);
  EXPECT_EQ(fault(large), "the checkpoint " + large
                            + " cannot be read: it is larger than 67108864 "
                              "bytes");
}

TEST(checkpoint, has_room_for_thousands_of_files) {
  temporary_directory directory{"bqs-checkpoint-"};
  auto path = directory.path() + "/state";
  checkpoint many(20'000, two[0]);
  for (std::size_t i = 0; i < many.size(); ++i)
    many[i].path = "/log/" + std::string(200, 'x') + std::to_string(i);
  ASSERT_EQ(save_checkpoint(path, many), "");
  EXPECT_EQ(loaded(path), many);
}

TEST(checkpoint, a_place_that_cannot_be_written_is_named) {
  temporary_directory directory{"bqs-checkpoint-"};
  auto path = directory.path() + "/no/state";
  auto why = save_checkpoint(path, two);
  EXPECT_NE(why.find(path), std::string::npos) << why;
  EXPECT_NE(why.find("No such file or directory"), std::string::npos) << why;
}

} // namespace
