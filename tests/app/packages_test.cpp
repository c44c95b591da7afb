#include "app/packages.hpp"

#include <gtest/gtest.h>

using namespace bqs::app;

namespace {

TEST(packages, fields_of_several_lines_are_read_whole) {
  auto found
    = parse_packages("Package: adduser\n"
                     "Status: install ok installed\n"
                     "Section: admin\n"
                     "Installed-Size: 686\n"
                     "Maintainer: J\xC3\xB6rg <j@example.org>\n"
                     "Architecture: all\n"
                     "Version: 3.134\n"
                     "Depends: passwd (>= 1:4.1), debconf | cdebconf,\n"
                     " perl:any\n"
                     "Conffiles:\n"
                     " /etc/adduser.conf cc34\n"
                     "Description: add and remove users\n"
                     " First paragraph:\n"
                     "  - indented\n"
                     " .\n"
                     " Second.\n"
                     "Homepage: https://example.org\n"
                     "\n"
                     "\n"
                     "Package: b\r\n"
                     "Status: hold ok installed\r\n"
                     "Version: 1\r\n");
  ASSERT_EQ(found.size(), 2u);
  auto& x = found[0];
  EXPECT_EQ(x.name, "adduser");
  EXPECT_EQ(x.section, "admin");
  EXPECT_EQ(x.installed_size, 686u);
  EXPECT_EQ(x.maintainer, "J\xC3\xB6rg <j@example.org>");
  EXPECT_EQ(x.architecture, "all");
  EXPECT_EQ(x.version, "3.134");
  EXPECT_EQ(x.depends, (std::vector<std::string>{"passwd", "debconf"}));
  EXPECT_EQ(x.description, "add and remove users\nFirst paragraph:\n"
                           " - indented\n\nSecond.");
  EXPECT_EQ(found[1].name, "b");
  EXPECT_EQ(found[1].version, "1");
}

TEST(packages, only_installed_ones_count) {
  auto found = parse_packages("Package: a\nStatus: deinstall ok config-files\n"
                              "\n"
                              "Package: b\nStatus: install ok unpacked\n"
                              "\n"
                              "Package: c\nStatus: install ok not-installed\n"
                              "\n"
                              "Package: d\n"
                              "\n"
                              "Package: e\nStatus: install ok installed\n");
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].name, "e");
}

TEST(packages, what_is_not_understood_does_no_harm) {
  EXPECT_TRUE(parse_packages("").empty());
  EXPECT_TRUE(parse_packages("\n\n\n").empty());
  EXPECT_TRUE(parse_packages(" continued\nno colon\n: \n").empty());
  auto found = parse_packages("Status: install ok installed\nPackage: a\n"
                              "Installed-Size: much\nDepends: ,, ,\n");
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].installed_size, 0u);
  EXPECT_TRUE(found[0].depends.empty());
}

} // namespace
