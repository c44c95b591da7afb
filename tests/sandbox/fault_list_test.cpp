#include "sandbox/fault_list.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/scratch.hpp"

namespace {

using namespace bqs::sandbox;

std::vector<std::string> specs(const fault_list& x) {
  if (auto why = std::get_if<std::string>(&x))
    return {"wrong: " + *why};
  std::vector<std::string> result;
  for (auto& each : std::get<std::vector<fault>>(x))
    result.push_back(each.spec);
  return result;
}

using list = std::vector<std::string>;

TEST(fault_list, reads_lines_without_comments) {
  EXPECT_EQ(
    specs(parse_fault_lines("# outage\n"
                            "status=503,count=3   # three\r\n"
                            "\n"
                            "\t reset=after\n"
                            "status=500,message=no #1 here\\, no#2",
                            "f")),
    (list{"status=503,count=3", "reset=after", "status=500,message=no"}));
  EXPECT_EQ(specs(parse_fault_lines("status=500,message=no#2", "f")),
            (list{"status=500,message=no#2"}));
  EXPECT_EQ(specs(parse_fault_lines("", "f")), list{});
}

TEST(fault_list, names_the_line_that_is_wrong) {
  EXPECT_EQ(specs(parse_fault_lines("status=503\n\n# x\nstatus=x\n", "f")),
            (list{"wrong: f:4: fault: status=x: want a number from 300 to "
                  "599, but not 304"}));
}

TEST(fault_list, a_name_stands_for_several) {
  auto x = parse_fault_lines("latency=1ms\nrealistic\n", "f");
  auto all = std::get<std::vector<fault>>(x);
  ASSERT_EQ(all.size(), 4u);
  EXPECT_EQ(all[1].latency.median, std::chrono::milliseconds{8});
  EXPECT_EQ(all[2].status, 503);
  EXPECT_EQ(all[3].reset, reset_point::after);
  EXPECT_EQ(specs(parse_faults("realistic")).size(), 3u);
  EXPECT_EQ(specs(parse_faults("optimistic")),
            (list{"wrong: fault: \"optimistic\" is not key=value"}));
}

TEST(fault_list, reads_files) {
  bqs::test::scratch files;
  auto path = files.write("faults", "status=503\n");
  EXPECT_EQ(specs(read_fault_file(path)), (list{"status=503"}));
  EXPECT_TRUE(specs(read_fault_file(files.path("none")))[0].starts_with(
    "wrong: cannot read "));
  EXPECT_TRUE(
    specs(read_fault_file(files.path()))[0].starts_with("wrong: cannot read "));
}

// Nobody writes into the pipe, and the other has no end.
TEST(fault_list, reads_nothing_without_an_end) {
  bqs::test::scratch files;
  auto pipe = files.path("pipe");
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_EQ(specs(read_fault_file(pipe)),
            (list{"wrong: cannot read " + pipe + ": not a file"}));
  EXPECT_EQ(specs(read_fault_file("/dev/zero")),
            (list{"wrong: cannot read /dev/zero: not a file"}));
  std::string most(1u << 20, '\n');
  EXPECT_EQ(specs(read_fault_file(files.write("most", most))), list{});
  auto large = files.write("large", most + "\n");
  EXPECT_EQ(
    specs(read_fault_file(large)),
    (list{"wrong: cannot read " + large + ": it is larger than 1 MiB"}));
}

TEST(fault_list, repeats_no_line_of_a_file) {
  bqs::test::scratch files;
  for (auto line : {"topsecretpassphrase", "topsecretpassphrase=1",
                    "status=topsecretpassphrase"}) {
    auto path
      = files.write("faults", std::string{"status=503\n"} + line + "\n");
    EXPECT_EQ(specs(read_fault_file(path)),
              (list{"wrong: " + path
                    + ":2: this is no fault; --fault=TEXT says what is wrong "
                      "with one"}));
  }
}

} // namespace
