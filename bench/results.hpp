#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace bqs::bench {

/// What the benches have found: for each of them lines, each a case with named
/// values, numbers or texts. A name ends with its unit where it has one.
class results {
public:
  using values = nlohmann::ordered_json;

  /// Adds a line and shows it as progress on standard error.
  /// @param what the case, such as `another process, plain, 200 B, 500`
  void add(const std::string& bench, const std::string& what, values found);

  /// Says once why some cases of a bench are not there.
  void leave_out(const std::string& bench, const std::string& why);

  /// What was true of the whole run, such as the machine.
  void describe(const std::string& key, const std::string& value);

  /// The table, for people at a terminal.
  std::string text() const;

  /// One bench's part of it as a table in Markdown; empty if it did not run.
  std::string markdown(std::string_view bench) const;

  std::string json() const;

  /// Puts the tables of those benches that ran into a page, between the lines
  ///
  ///     <!-- bench: NAME -->
  ///     <!-- end of bench -->
  ///
  /// `machine` is the name of what `describe` was told.
  std::string fill(const std::string& page) const;

private:
  struct section {
    std::string bench;
    std::vector<std::pair<std::string, values>> lines;
    std::vector<std::string> left_out;
  };

  section& of(const std::string& bench);

  std::vector<section> sections_;
  std::vector<std::pair<std::string, std::string>> described_;
};

} // namespace bqs::bench
