#pragma once

#include <memory>
#include <string>
#include <variant>

#include "http/field_reader.hpp"
#include "http/token_maker.hpp"

namespace bqs::http {

/// A token of another identity provider.
struct subject_token {
  std::string value;
};

/// Where a workload finds out who it is.
class subject_source {
public:
  virtual ~subject_source() = default;

  /// Reads the token anew, or returns one line that says why there is none.
  virtual std::variant<subject_token, std::string> read() = 0;
};

/// What an executable is told.
struct workload {
  std::string audience;
  std::string token_type;
  /// Of the account that is impersonated; empty if there is none.
  std::string email;
};

/// Reads `credential_source`: a file, a URL, or an executable, where
/// GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES is 1. Null after a complaint.
std::unique_ptr<subject_source>
read_subject_source(field_reader& fields, const workload& who,
                    const maker_context& context);

} // namespace bqs::http
