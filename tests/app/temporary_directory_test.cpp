#include "app/temporary_directory.hpp"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

using namespace bqs::app;
namespace fs = std::filesystem;

namespace {

TEST(temporary_directory, ends_with_its_scope) {
  std::string path;
  {
    temporary_directory uut{"bqs-test-"};
    path = uut.path();
    std::ofstream{path + "/file"} << "x";
    EXPECT_TRUE(fs::exists(path + "/file"));
  }
  EXPECT_FALSE(fs::exists(path));
}

TEST(temporary_directory, stays_if_it_is_kept) {
  std::string path;
  {
    temporary_directory uut{"bqs-test-"};
    path = uut.path();
    uut.keep();
  }
  EXPECT_TRUE(fs::exists(path));
  fs::remove_all(path);
}

} // namespace
