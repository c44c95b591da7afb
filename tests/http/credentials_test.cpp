#include "http/credentials.hpp"

#include <gtest/gtest.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include <nlohmann/json.hpp>

#include "http/base64url.hpp"
#include "http/openssl_ptr.hpp"
#include "tests/scratch.hpp"

namespace bqs::http {

namespace {

using namespace std::chrono_literals;
using nlohmann::json;

using time_point = std::chrono::system_clock::time_point;

constexpr auto email = "streamer@project.iam.gserviceaccount.com";

// -- keys ---------------------------------------------------------------------

evp_pkey_ptr new_rsa_key(unsigned bits) {
  return evp_pkey_ptr{EVP_RSA_gen(bits)};
}

std::string to_pem(EVP_PKEY* key, const EVP_CIPHER* cipher = nullptr) {
  bio_ptr out{BIO_new(BIO_s_mem())};
  std::string password = cipher != nullptr ? "password" : "";
  PEM_write_bio_PKCS8PrivateKey(out.get(), key, cipher, password.data(),
                                static_cast<int>(password.size()), nullptr,
                                nullptr);
  char* data = nullptr;
  auto size = BIO_ctrl(out.get(), BIO_CTRL_INFO, 0, &data);
  return {data, static_cast<std::size_t>(size)};
}

/// One key for all tests: making it takes longer than using it.
EVP_PKEY* shared_key() {
  static const auto instance = new_rsa_key(2048);
  return instance.get();
}

const std::string& shared_pem() {
  static const auto instance = to_pem(shared_key());
  return instance;
}

// -- tokens taken apart -------------------------------------------------------

std::string decode(const std::string& text) {
  std::string result;
  auto bits = 0u;
  auto held = 0u;
  for (auto c : text) {
    constexpr std::string_view alphabet
      = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    auto at = alphabet.find(c);
    EXPECT_NE(at, std::string_view::npos) << "not base64url: " << c;
    bits = (bits << 6 | static_cast<unsigned>(at)) & 0xffffu;
    held += 6;
    if (held >= 8) {
      held -= 8;
      result += static_cast<char>(bits >> held & 0xffu);
    }
  }
  return result;
}

struct parts {
  std::string signed_text;
  json head;
  json claims;
  std::string signature;
};

parts take_apart(const std::string& token) {
  auto first = token.find('.');
  auto last = token.rfind('.');
  EXPECT_NE(first, last);
  return {token.substr(0, last), json::parse(decode(token.substr(0, first))),
          json::parse(decode(token.substr(first + 1, last - first - 1))),
          decode(token.substr(last + 1))};
}

bool verifies(EVP_PKEY* key, const parts& x) {
  auto bytes = [](const std::string& text) {
    return reinterpret_cast<const unsigned char*>(text.data());
  };
  evp_md_ctx_ptr context{EVP_MD_CTX_new()};
  return EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr,
                              key)
           == 1
         && EVP_DigestVerify(context.get(), bytes(x.signature),
                             x.signature.size(), bytes(x.signed_text),
                             x.signed_text.size())
              == 1;
}

// -- key files ----------------------------------------------------------------

class credentials_test : public ::testing::Test {
protected:
  credentials_test() {
    ::unsetenv("GOOGLE_APPLICATION_CREDENTIALS");
  }

  json key_file() const {
    return {{"type", "service_account"},
            {"project_id", "project"},
            {"private_key_id", "key-1"},
            {"private_key", shared_pem()},
            {"client_email", email}};
  }

  std::string write(const std::string& text) const {
    return folder_.write("key.json", text);
  }

  std::string write(const json& object) const {
    return write(object.dump());
  }

  std::unique_ptr<credentials> open(const credential_options& options) const {
    auto result = open_credentials(options, [this] { return now; });
    if (auto* line = std::get_if<std::string>(&result))
      ADD_FAILURE() << *line;
    return std::move(std::get<std::unique_ptr<credentials>>(result));
  }

  static std::string refusal(const credential_options& options) {
    auto result = open_credentials(options);
    auto* line = std::get_if<std::string>(&result);
    return line != nullptr ? *line : "opened";
  }

  bqs::test::scratch folder_;
  time_point now{1'700'000'000s + 900ms};
};

TEST_F(credentials_test, signs_what_the_public_key_verifies) {
  auto uut = open({write(key_file()), {"scope-a", "scope-b"}});
  auto token = std::get<http::token>(uut->fetch());
  auto x = take_apart(token.value);
  EXPECT_TRUE(verifies(shared_key(), x));
  json head{{"alg", "RS256"}, {"typ", "JWT"}, {"kid", "key-1"}};
  EXPECT_EQ(x.head, head);
  json claims{{"iss", email},
              {"sub", email},
              {"scope", "scope-a scope-b"},
              {"iat", 1'699'999'990},
              {"exp", 1'700'003'590}};
  EXPECT_EQ(x.claims, claims);
}

TEST_F(credentials_test, a_token_is_said_to_live_less_than_it_does) {
  auto uut = open({write(key_file())});
  auto token = std::get<http::token>(uut->fetch());
  auto x = take_apart(token.value);
  auto ends = time_point{std::chrono::seconds{x.claims.at("exp")}};
  EXPECT_LT(now + token.lifetime, ends - 30s);
  EXPECT_GT(token.lifetime, 55min);
}

TEST_F(credentials_test, every_fetch_signs_anew) {
  auto uut = open({write(key_file())});
  auto first = std::get<http::token>(uut->fetch()).value;
  now += 1h;
  auto x = take_apart(std::get<http::token>(uut->fetch()).value);
  EXPECT_NE(x.signed_text, take_apart(first).signed_text);
  EXPECT_EQ(x.claims.at("iat"), 1'700'003'590);
  EXPECT_TRUE(verifies(shared_key(), x));
}

TEST_F(credentials_test, the_default_scope_is_the_least) {
  auto uut = open({write(key_file())});
  auto x = take_apart(std::get<http::token>(uut->fetch()).value);
  EXPECT_EQ(x.claims.at("scope"),
            "https://www.googleapis.com/auth/bigquery.insertdata");
}

TEST_F(credentials_test, a_key_may_have_any_usual_size_and_no_id) {
  for (auto bits : {1024u, 3072u}) {
    auto key = new_rsa_key(bits);
    auto file = key_file();
    file["private_key"] = to_pem(key.get());
    file.erase("private_key_id");
    auto uut = open({write(file)});
    auto x = take_apart(std::get<http::token>(uut->fetch()).value);
    EXPECT_EQ(x.signature.size() * 8, bits);
    EXPECT_TRUE(verifies(key.get(), x));
    EXPECT_FALSE(x.head.contains("kid"));
  }
}

TEST_F(credentials_test, none_gives_an_empty_token) {
  auto uut = open({"none"});
  auto token = std::get<http::token>(uut->fetch());
  EXPECT_EQ(token.value, "");
  EXPECT_GT(token.lifetime, 24h);
}

TEST_F(credentials_test, without_a_source_the_environment_names_the_file) {
  ::setenv("GOOGLE_APPLICATION_CREDENTIALS", write(key_file()).c_str(), 1);
  auto uut = open({});
  EXPECT_TRUE(std::holds_alternative<token>(uut->fetch()));
}

TEST_F(credentials_test, without_any_source_it_says_what_to_set) {
  for (auto set : {false, true}) {
    if (set)
      ::setenv("GOOGLE_APPLICATION_CREDENTIALS", "", 1);
    auto line = refusal({});
    EXPECT_NE(line.find("GOOGLE_APPLICATION_CREDENTIALS"), std::string::npos);
    EXPECT_NE(line.find("service-account key file"), std::string::npos);
  }
}

TEST_F(credentials_test, no_scope_is_a_mistake) {
  EXPECT_NE(refusal({write(key_file()), {}}).find("scope"), std::string::npos);
}

TEST_F(credentials_test, a_file_that_cannot_be_read_is_named) {
  auto missing = folder_.path("missing.json");
  auto line = refusal({missing});
  EXPECT_NE(line.find(missing), std::string::npos) << line;
  EXPECT_NE(line.find("No such file"), std::string::npos) << line;
  line = refusal({folder_.path()});
  EXPECT_NE(line.find(folder_.path()), std::string::npos) << line;
  EXPECT_NE(line.find("directory"), std::string::npos) << line;
}

struct bad_file {
  std::string text;
  std::vector<const char*> said;
};

TEST_F(credentials_test, a_bad_file_is_refused_with_its_name_and_its_field) {
  auto with = [this](const char* field, const json& value) {
    auto result = key_file();
    result[field] = value;
    return result.dump();
  };
  auto without = [this](const char* field) {
    auto result = key_file();
    result.erase(field);
    return result.dump();
  };
  evp_pkey_ptr ec{EVP_EC_gen("P-256")};
  auto cut = shared_pem().substr(0, shared_pem().size() / 2);
  std::vector<bad_file> cases{
    {"", {"not JSON"}},
    {"{", {"not JSON"}},
    {shared_pem(), {"not JSON"}},
    {key_file().dump().substr(0, 900), {"not JSON"}},
    {"[]", {"not a JSON object"}},
    {"\"service_account\"", {"not a JSON object"}},
    {std::string(1 << 17, ' '), {"larger"}},
    {"{}", {"type", "missing"}},
    {without("type"), {"type", "missing"}},
    {with("type", 1), {"type", "not a string"}},
    {with("type", "authorized_user"), {"authorized_user", "not supported yet"}},
    {with("type", "external_account"), {"external_account"}},
    {with("type", shared_pem()), {"type", "none that is known"}},
    {without("client_email"), {"client_email", "missing"}},
    {with("client_email", ""), {"client_email", "empty"}},
    {with("client_email", nullptr), {"client_email", "not a string"}},
    {without("private_key"), {"private_key", "missing"}},
    {with("private_key", ""), {"private_key", "empty"}},
    {with("private_key", json::array()), {"private_key", "not a string"}},
    {with("private_key", cut), {"private_key", "not a usable RSA key"}},
    {with("private_key", "secret"), {"private_key", "not a usable RSA key"}},
    {with("private_key", to_pem(ec.get())), {"private_key", "RSA"}},
    {with("private_key", to_pem(shared_key(), EVP_aes_128_cbc())),
     {"private_key", "not a usable RSA key"}},
    {with("private_key", std::string(60'000, 'A')), {"private_key", "RSA"}},
    {with("private_key_id", 7), {"private_key_id", "not a string"}},
  };
  for (const auto& x : cases) {
    auto path = write(x.text);
    auto line = refusal({path});
    EXPECT_NE(line.find(path), std::string::npos) << line;
    for (auto* word : x.said)
      EXPECT_NE(line.find(word), std::string::npos) << line << " != " << word;
    EXPECT_EQ(line.find('\n'), std::string::npos) << line;
    EXPECT_EQ(line.find("BEGIN"), std::string::npos) << line;
    EXPECT_EQ(line.find("secret"), std::string::npos) << line;
    // Any eight letters of the key would be too many.
    for (std::size_t i = 40; i + 8 < shared_pem().size(); i += 8)
      EXPECT_EQ(line.find(shared_pem().substr(i, 8)), std::string::npos);
  }
}

TEST(base64url, follows_the_vectors_of_rfc_4648) {
  EXPECT_EQ(base64url(""), "");
  EXPECT_EQ(base64url("f"), "Zg");
  EXPECT_EQ(base64url("fo"), "Zm8");
  EXPECT_EQ(base64url("foo"), "Zm9v");
  EXPECT_EQ(base64url("foob"), "Zm9vYg");
  EXPECT_EQ(base64url("fooba"), "Zm9vYmE");
  EXPECT_EQ(base64url("foobar"), "Zm9vYmFy");
  EXPECT_EQ(base64url("\xfb\xff\xfe"), "-__-");
}

} // namespace

} // namespace bqs::http
