#pragma once

#include <string>

#include "sandbox/message.hpp"
#include "sandbox/token_office.hpp"

namespace bqs::sandbox {

/// A machine of Google's as its programs see it: one service account, `default`
/// by another name, whose tokens are to be had for the asking.
class metadata_server {
public:
  metadata_server(token_office& office, const std::string& project);

  /// Answers `GET /` and `GET /computeMetadata/v1/...`.
  reply answer(const request& x) const;

private:
  reply answer_account(const std::string& what) const;

  token_office& office_;
  std::string project_;
  std::string email_;
};

/// Returns the email of the service account that the endpoint itself has.
std::string own_email(const std::string& project);

} // namespace bqs::sandbox
