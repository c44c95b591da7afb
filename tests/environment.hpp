#pragma once

#include <cstdlib>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>

#include <stdlib.h>

namespace bqs::test {

/// Changes to the environment of this process, and of those that it starts.
/// With it they go away again: who ran the tests may have had values.
class environment {
public:
  environment() = default;
  environment(const environment&) = delete;
  environment& operator=(const environment&) = delete;

  ~environment() {
    for (auto& [name, value] : before_)
      write(name, value);
  }

  void set(const std::string& name, const std::string& value) {
    change(name, value);
  }

  void unset(std::initializer_list<const char*> names) {
    for (auto name : names)
      change(name, std::nullopt);
  }

private:
  using maybe_text = std::optional<std::string>;

  void change(const std::string& name, const maybe_text& value) {
    auto now = std::getenv(name.c_str());
    before_.try_emplace(name, now ? maybe_text{now} : std::nullopt);
    write(name, value);
  }

  static void write(const std::string& name, const maybe_text& value) {
    if (value)
      ::setenv(name.c_str(), value->c_str(), 1);
    else
      ::unsetenv(name.c_str());
  }

  std::map<std::string, maybe_text> before_;
};

} // namespace bqs::test
