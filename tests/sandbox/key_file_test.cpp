#include "sandbox/key_file.hpp"

#include <gtest/gtest.h>

#include "sandbox/credential_book.hpp"
#include "tests/sandbox/signer.hpp"

namespace {

using namespace bqs::sandbox;
using nlohmann::ordered_json;

TEST(key_file, is_what_clients_want) {
  auto text = make_key_file("proj", "http://127.0.0.1:9");
  auto file = ordered_json::parse(text);
  EXPECT_EQ(file["type"], "service_account");
  EXPECT_EQ(file["project_id"], "proj");
  EXPECT_EQ(file["client_email"], "sandbox@proj.iam.gserviceaccount.com");
  EXPECT_EQ(file["token_uri"], "http://127.0.0.1:9/token");
  EXPECT_EQ(file["private_key_id"].get<std::string>().size(), 40u);
  for (auto& [name, value] : file.items())
    EXPECT_TRUE(value.is_string() && value != "") << name;
  credential_book book;
  EXPECT_EQ(book.add(text), "");
}

TEST(key_file, has_a_key_of_its_own) {
  auto key = [] {
    return ordered_json::parse(make_key_file("p", "http://h"))["private_key"]
      .get<std::string>();
  };
  auto one = key();
  EXPECT_NE(one, key());
  EXPECT_FALSE(test::signer{one}.sign("text").empty());
}

} // namespace
