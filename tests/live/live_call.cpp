// Asks the service for one thing, as a node with these settings would come to
// it:
//
//   live_call [--bigquery.KEY=VALUE...] METHOD PATH [NAME:VALUE...] < BODY
//
// PATH begins with /projects/. Prints the status, an empty line and the body.
// Ends with 0 if there was an answer, whatever it was.

#include <algorithm>
#include <exception>
#include <iostream>
#include <iterator>
#include <string>
#include <utility>
#include <variant>

#include "tests/live/arguments.hpp"
#include "tests/live/service.hpp"

namespace {

using namespace bqs;

int complain(const std::string& why, int code) {
  std::cerr << "live_call: " << why << '\n';
  return code;
}

/// Splits `NAME:VALUE`.
std::pair<std::string, std::string> field(const std::string& text) {
  auto colon = std::min(text.find(':'), text.size());
  return {text.substr(0, colon),
          colon < text.size() ? text.substr(colon + 1) : ""};
}

} // namespace

int main(int argc, char** argv) {
  auto read = live::read_arguments(argc, argv);
  if (auto why = std::get_if<std::string>(&read))
    return complain(*why, 64);
  auto& given = std::get<live::arguments>(read);
  if (given.words.size() < 2)
    return complain("METHOD PATH [NAME:VALUE...] are missing", 64);
  http::connection::headers fields;
  for (auto i = given.words.begin() + 2; i != given.words.end(); ++i)
    fields.push_back(field(*i));
  try {
    std::string body{std::istreambuf_iterator<char>{std::cin}, {}};
    auto answer = live::service{given.bigquery}.ask(
      given.words[0], given.words[1], body, fields);
    std::cout << answer.status << "\n\n" << answer.body << '\n';
    return 0;
  } catch (const std::exception& why) {
    return complain(why.what(), 69);
  }
}
