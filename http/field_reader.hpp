#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace bqs::http {

/// Reads the fields of a credential file; remembers the first that is not
/// right. No value of a field gets into the complaint.
///
///     field_reader fields{"credentials in key.json: ", object};
///     auto email = fields.required("client_email");
///     if (!fields.complaint().empty()) // "credentials in key.json: …"
class field_reader {
public:
  /// @param object lives longer.
  field_reader(std::string place, const nlohmann::json& object);

  bool has(const char* field) const;

  /// A text that is not empty; empty after a complaint.
  std::string required(const char* field);

  /// A text; empty if it is not there.
  std::string optional(const char* field);

  /// A text that may have line breaks.
  std::string required_lines(const char* field);

  std::int64_t integer(const char* field, std::int64_t least, std::int64_t most,
                       std::int64_t otherwise);

  /// A list of texts; empty if it is not there.
  std::vector<std::string> texts(const char* field);

  /// The texts of an object by their names; empty if it is not there.
  std::vector<std::pair<std::string, std::string>> pairs(const char* field);

  /// Reads an object within; one without fields if it is not there.
  field_reader within(const char* field);

  void complain(const char* field, const std::string& what);

  /// Empty if all is well; shared with those within.
  const std::string& complaint() const noexcept {
    return *complaint_;
  }

private:
  std::string text(const char* field, bool lines);

  std::string place_;
  /// Of the objects around, with dots.
  std::string prefix_;
  const nlohmann::json* object_;
  std::shared_ptr<std::string> complaint_ = std::make_shared<std::string>();
};

} // namespace bqs::http
