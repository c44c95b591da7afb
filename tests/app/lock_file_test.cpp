#include "app/lock_file.hpp"

#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

#include "tests/scratch.hpp"

using namespace bqs::app;

namespace {

/// Why there is no lock; empty if there is one.
std::string refusal(const std::string& path) {
  try {
    lock_file x{path};
  } catch (const std::runtime_error& ex) {
    return ex.what();
  }
  return {};
}

TEST(lock_file, is_held_by_one_at_a_time) {
  bqs::test::scratch folder;
  auto path = folder.path("state.lock");
  {
    lock_file first{path};
    EXPECT_EQ(refusal(path), path + " is held by another process");
  }
  EXPECT_EQ(refusal(path), "");
}

TEST(lock_file, says_why_there_is_none) {
  bqs::test::scratch folder;
  auto path = folder.path("no/state.lock");
  EXPECT_EQ(refusal(path), path + ": No such file or directory");
}

} // namespace
