#pragma once

#include <string>

#include <openssl/conf.h>

#include <gtest/gtest.h>

#include "tests/scratch.hpp"

namespace bqs::http::test {

/// While it lives, the system's policy is another one.
class policy {
public:
  policy(const std::string& name, const std::string& settings) {
    load(name, settings);
  }

  ~policy() {
    load("usual", "MinProtocol = TLSv1.2\nCipherString = DEFAULT\n");
  }

  policy(const policy&) = delete;
  policy& operator=(const policy&) = delete;

private:
  void load(const std::string& name, const std::string& settings) {
    auto path
      = folder_.write(name, "openssl_conf = all\n[all]\nssl_conf = ssl\n[ssl]\n"
                            "system_default = policy\n[policy]\n"
                              + settings);
    EXPECT_EQ(CONF_modules_load_file(path.c_str(), nullptr, 0), 1);
  }

  bqs::test::scratch folder_;
};

/// Allows everything from TLS 1.0 on.
struct lax_policy : policy {
  lax_policy()
    : policy("lax",
             "MinProtocol = TLSv1\nCipherString = DEFAULT@SECLEVEL=0\n") {
    // nop
  }
};

} // namespace bqs::http::test
