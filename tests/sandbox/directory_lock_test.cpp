#include "sandbox/directory_lock.hpp"

#include <stdexcept>

#include <gtest/gtest.h>

#include "tests/sandbox/fixture.hpp"

namespace {

using namespace bqs::sandbox;

TEST(directory_lock, lets_one_in_at_a_time) {
  test::scratch_directory scratch;
  auto path = scratch.path() + "/deep/er";
  {
    directory_lock first{path};
    EXPECT_THROW(directory_lock{path}, std::runtime_error);
  }
  EXPECT_NO_THROW(directory_lock{path});
}

TEST(directory_lock, names_what_it_cannot_make) {
  try {
    directory_lock uut{"/proc/nowhere"};
    FAIL() << "locked a directory that cannot be";
  } catch (const std::runtime_error& x) {
    EXPECT_NE(std::string{x.what()}.find("/proc/nowhere"), std::string::npos);
  }
}

TEST(directory_lock, no_directory_needs_no_lock) {
  EXPECT_NO_THROW((directory_lock{""}, directory_lock{""}));
}

} // namespace
