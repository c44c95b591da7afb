// The end-to-end suite against the service itself:
//
//   live_suite PROJECT DATASET DIRECTORY [--bigquery.KEY=VALUE...]
//
// DIRECTORY is the run's own: it has a file in tables/ for each table that is
// there, and gets words.md. Without DIRECTORY it tells what that may cost, and
// does nothing.

#include <exception>
#include <iostream>
#include <string>
#include <variant>

#include <gtest/gtest.h>

#include "tests/live/ground.hpp"

namespace {

using namespace bqs::live;

int complain(const std::string& why, int code) {
  std::cerr << "live: " << why << '\n';
  return code;
}

} // namespace

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  auto read = read_arguments(argc, argv);
  if (auto why = std::get_if<std::string>(&read))
    return complain(*why, 64);
  auto& given = std::get<arguments>(read);
  if (!given.bigquery.project.empty())
    return complain("bigquery.project is what PROJECT says", 64);
  if (given.words.size() == 2) {
    std::cout << "This makes tables bqs_live_... in " << given.words[0] << ":"
              << given.words[1] << "\nof " << given.bigquery.endpoint
              << ", and deletes them at the end. It takes at most\n  "
              << most_of_a_run.text()
              << "\nby the list prices of 2026 (streaming: 0.01 USD for 200 "
                 "MiB, each row as 1 KiB\nat least; queries: 6.25 USD for 1 "
                 "TiB, each as 10 MiB at least).\nRows that are refused or "
                 "replayed are in it. What would be more is not sent, and\n"
                 "fails. Only a request that the service does not answer or "
                 "does not take (429,\n5xx) comes again without being "
                 "counted.\n";
    return 0;
  }
  if (given.words.size() != 3)
    return complain("PROJECT DATASET [DIRECTORY] are wanted", 64);
  try {
    enter(given);
  } catch (const std::exception& why) {
    return complain(why.what(), 69);
  }
  auto code = RUN_ALL_TESTS();
  return leave() ? code : 1;
}
