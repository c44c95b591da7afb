// Asks the service for one thing, with the program's own credentials:
//
//   live_call ENDPOINT CREDENTIALS METHOD PATH [NAME:VALUE...] < BODY
//
// Prints the status, the fields of the answer that matter, an empty line and
// the body. Ends with 0 if there was an answer, whatever it was.

#include <exception>
#include <iostream>
#include <iterator>
#include <string>
#include <variant>

#include <httplib.h>

#include "http/credentials.hpp"
#include "http/endpoint.hpp"

namespace {

using namespace bqs::http;

int complain(const std::string& why) {
  std::cerr << "live_call: " << why << '\n';
  return 69;
}

/// Splits `NAME:VALUE`.
std::pair<std::string, std::string> field(const std::string& text) {
  auto colon = std::min(text.find(':'), text.size());
  return {text.substr(0, colon),
          colon < text.size() ? text.substr(colon + 1) : ""};
}

int run(int argc, char** argv) {
  auto where = parse_endpoint(argv[1]);
  if (auto* why = std::get_if<std::string>(&where))
    return complain(*why);
  credential_options options;
  options.source = argv[2];
  options.scopes = {"https://www.googleapis.com/auth/bigquery"};
  auto opened = open_credentials(options);
  if (auto* why = std::get_if<open_fault>(&opened))
    return complain(why->where + ": " + why->text);
  auto fetched = std::get<0>(opened)->fetch();
  if (auto* why = std::get_if<std::string>(&fetched))
    return complain(*why);
  httplib::Request request;
  request.method = argv[3];
  request.path = argv[4];
  request.body = {std::istreambuf_iterator<char>{std::cin}, {}};
  request.headers.emplace("Authorization",
                          "Bearer " + std::get<token>(fetched).value);
  if (!request.body.empty())
    request.headers.emplace("Content-Type", "application/json");
  for (auto i = 5; i < argc; ++i)
    request.headers.insert(field(argv[i]));
  httplib::Client client{std::get<endpoint>(where).url()};
  client.set_read_timeout(std::chrono::seconds{120});
  auto answer = client.send(request);
  if (!answer)
    return complain(httplib::to_string(answer.error()));
  std::cout << answer->status << '\n';
  for (auto name : {"Content-Type", "Retry-After"})
    if (answer->has_header(name))
      std::cout << name << ": " << answer->get_header_value(name) << '\n';
  std::cout << '\n' << answer->body << '\n';
  return 0;
}

} // namespace

int main(int argc, char** argv) {
  if (argc < 5) {
    std::cerr << "usage: live_call ENDPOINT CREDENTIALS METHOD PATH "
                 "[NAME:VALUE...]\n";
    return 64;
  }
  try {
    return run(argc, argv);
  } catch (const std::exception& why) {
    return complain(why.what());
  }
}
