#include "tests/end_to_end/stage.hpp"

#include <algorithm>
#include <csignal>

namespace bqs::test {

void stage::start_sandbox(std::vector<std::string> more) {
  std::vector<std::string> arguments{"sandbox",
                                     "--port=" + std::to_string(box_port),
                                     "--data=" + files.path("sandbox")};
  arguments.insert(arguments.end(), more.begin(), more.end());
  box.reset();
  box.emplace(arguments);
  auto line = box->wait_for_line("127.0.0.1:");
  ASSERT_TRUE(line) << box->errors();
  box_port = port_in(*line);
  ASSERT_NE(box_port, 0);
}

void stage::start_node(std::vector<std::string> more) {
  std::vector<std::string> arguments{"node", "--node.port="
                                               + std::to_string(node_port)};
  // What a test says itself is not said twice.
  for (std::string usual :
       {"--bigquery.endpoint=http://127.0.0.1:" + std::to_string(box_port),
        std::string{"--bigquery.project=test"}, std::string{"--batch.age=50ms"},
        std::string{"--bigquery.credentials=none"}}) {
    auto key = usual.substr(0, usual.find('=') + 1);
    auto is_it = [&key](const std::string& x) { return x.starts_with(key); };
    if (std::ranges::none_of(more, is_it))
      arguments.push_back(std::move(usual));
  }
  // Without a value it is said to leave the usual out.
  std::erase_if(more, [](const std::string& x) { return x.ends_with('='); });
  arguments.insert(arguments.end(), more.begin(), more.end());
  node.reset();
  node.emplace(arguments);
  auto line = node->wait_for_line("listens on");
  ASSERT_TRUE(line) << node->errors();
  node_port = port_in(*line);
  ASSERT_NE(node_port, 0);
}

int stage::run(std::vector<std::string> arguments, std::string_view input) {
  process x{std::move(arguments), input};
  auto code = x.wait();
  output = x.output();
  errors = x.errors();
  return code;
}

nlohmann::json stage::status() {
  EXPECT_EQ(run({"status", "--of=" + to_node(), "--json"}), 0) << errors;
  return nlohmann::json::parse(output, nullptr, false);
}

void stage::show_client_of(const std::string& directory, std::string ca_file) {
  if (ca_file.empty())
    ca_file = directory + "/ca.crt";
  variables.set("BQSTREAMER_TLS_CERTIFICATE", directory + "/client.crt");
  variables.set("BQSTREAMER_TLS_KEY", directory + "/client.key");
  variables.set("BQSTREAMER_TLS_CA_FILE", ca_file);
}

int stage::stop_node() {
  node->signal(SIGTERM);
  return node->wait();
}

std::map<std::string, sandbox::stored_rows> stage::stored() const {
  return sandbox::count_stored(files.path("sandbox"));
}

void stage::expect_balanced(const nlohmann::json& status) {
  auto balanced = [](const nlohmann::json& x) {
    return x["accepted"].get<std::uint64_t>()
           == x["stored"].get<std::uint64_t>()
                + x["failed"].get<std::uint64_t>()
                + x["held"].get<std::uint64_t>();
  };
  EXPECT_TRUE(balanced(status["total"])) << status.dump(2);
  for (auto& x : status["tables"])
    EXPECT_TRUE(balanced(x)) << x.dump(2);
}

void stage::expect_none_of(const std::vector<std::string>& secrets,
                           const std::string& text, const std::string& where) {
  constexpr std::size_t too_many = 12;
  for (auto& secret : secrets) {
    EXPECT_GE(secret.size(), too_many) << "nothing to look for";
    for (std::size_t i = 0; i + too_many <= secret.size(); ++i)
      if (text.find(secret.substr(i, too_many)) != std::string::npos) {
        ADD_FAILURE() << where << " holds " << secret.substr(i, too_many)
                      << ":\n"
                      << text;
        break;
      }
  }
}

std::string stage::to_node() const {
  return "127.0.0.1:" + std::to_string(node_port);
}

std::string pem_content(const std::string& pem) {
  auto begin = pem.find('\n') + 1;
  auto result = pem.substr(begin, pem.find("-----", begin) - begin);
  std::erase(result, '\n');
  return result;
}

std::string rows_text(const std::string& prefix, int rows,
                      std::size_t padding) {
  std::string result;
  std::string text(padding, 'x');
  for (int i = 0; i < rows; ++i) {
    auto n = std::to_string(i);
    result += R"({"id":")" + prefix + "-" + n + R"(","n":)" + n + R"(,"text":")"
              + text + "\"}\n";
  }
  return result;
}

} // namespace bqs::test
