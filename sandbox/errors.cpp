#include "sandbox/errors.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

#include <nlohmann/json.hpp>

namespace bqs::sandbox {

namespace {

struct status_words {
  int status;
  std::string_view code;
  std::string_view reason;
};

constexpr std::array<status_words, 15> statuses{{
  {400, "INVALID_ARGUMENT", "invalid"},
  {401, "UNAUTHENTICATED", "authError"},
  {403, "PERMISSION_DENIED", "accessDenied"},
  {404, "NOT_FOUND", "notFound"},
  {408, "DEADLINE_EXCEEDED", "timeout"},
  {409, "ALREADY_EXISTS", "duplicate"},
  {412, "FAILED_PRECONDITION", "conditionNotMet"},
  {413, "INVALID_ARGUMENT", "requestTooLarge"},
  {415, "INVALID_ARGUMENT", "badRequest"},
  {429, "RESOURCE_EXHAUSTED", "rateLimitExceeded"},
  {500, "INTERNAL", "internalError"},
  {501, "UNIMPLEMENTED", "notImplemented"},
  {502, "UNAVAILABLE", "backendError"},
  {503, "UNAVAILABLE", "backendError"},
  {504, "DEADLINE_EXCEEDED", "backendError"},
}};

const status_words* find_status(int status) {
  auto i = std::find_if(statuses.begin(), statuses.end(),
                        [&](auto& x) { return x.status == status; });
  return i == statuses.end() ? nullptr : &*i;
}

std::string dataset_of(const table_name& x) {
  return x.project + ":" + x.dataset;
}

std::string full(const table_name& x) {
  return dataset_of(x) + "." + x.table;
}

} // namespace

std::string_view default_reason(int status) {
  auto known = find_status(status);
  return known != nullptr ? known->reason
         : status >= 500  ? "backendError"
                          : "invalid";
}

reply envelope(const refusal& x) {
  auto& detail = x.detail_message.empty() ? x.message : x.detail_message;
  nlohmann::ordered_json first{
    {"message", detail}, {"domain", "global"}, {"reason", x.reason}};
  if (!x.location.empty()) {
    first["location"] = x.location;
    first["locationType"] = x.location_type;
  }
  auto known = find_status(x.status);
  nlohmann::ordered_json error{
    {"code", x.status},
    {"message", x.message},
    {"errors", nlohmann::ordered_json::array({std::move(first)})},
    {"status", known != nullptr ? known->code : "UNKNOWN"}};
  nlohmann::ordered_json body{{"error", std::move(error)}};
  reply result;
  result.status = x.status;
  result.note = x.reason;
  // A path may hold any bytes.
  result.body
    = body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  if (x.status == 401)
    result.headers.emplace_back("WWW-Authenticate",
                                "Bearer realm=\"https://accounts.google.com/\","
                                " error=\"invalid_token\"");
  return result;
}

reply web_page(int status) {
  reply result;
  result.status = status;
  result.content_type = "text/html; charset=UTF-8";
  result.note = "web page";
  auto code = std::to_string(status);
  result.body
    = "<!DOCTYPE html>\n<html lang=en>\n<title>Error " + code
      + " !!1</title>\n<p><b>" + code
      + ".</b> <ins>That's an error.</ins>\n<p>Your client has issued "
        "a malformed or illegal request.\n";
  return result;
}

std::string project_number(const std::string& project) {
  auto digit = [](char c) { return c >= '0' && c <= '9'; };
  if (!project.empty() && std::all_of(project.begin(), project.end(), digit))
    return project;
  std::uint64_t hash = 14'695'981'039'346'656'037u; // FNV-1a
  for (auto c : project)
    hash = (hash ^ static_cast<unsigned char>(c)) * 1'099'511'628'211u;
  return std::to_string(100'000'000'000u + hash % 900'000'000'000u);
}

refusal dataset_not_found(const table_name& x) {
  return {404, "notFound", "Not found: Dataset " + dataset_of(x), {}, {}, {}};
}

refusal table_not_found(const table_name& x) {
  return {404, "notFound", "Not found: Table " + full(x), {}, {}, {}};
}

refusal table_deleted(const table_name& x) {
  auto name = project_number(x.project) + ":" + x.dataset + "." + x.table;
  return {404, "notFound", "Table is deleted: " + name, {}, {}, {}};
}

refusal streaming_not_found(const table_name& x) {
  auto name = project_number(x.project) + ":" + x.dataset + "." + x.table;
  return {404, "notFound", "Table " + name + " not found.", {}, {}, {}};
}

refusal dataset_exists(const table_name& x) {
  return {409, "duplicate", "Already Exists: Dataset " + dataset_of(x),
          {},  {},          {}};
}

refusal table_exists(const table_name& x) {
  return {409, "duplicate", "Already Exists: Table " + full(x), {}, {}, {}};
}

refusal dataset_in_use(const table_name& x) {
  return {400,
          "resourceInUse",
          "Dataset " + dataset_of(x) + " is still in use",
          {},
          {},
          {}};
}

refusal no_schema() {
  return invalid("The destination table has no schema.");
}

refusal no_rows() {
  return invalid("No rows present in the request.");
}

refusal too_many_rows(std::size_t rows, std::size_t limit) {
  // What follows the comma is not verified.
  return invalid("too many rows present in the request, limit: "
                 + std::to_string(limit) + " row count: " + std::to_string(rows)
                 + ".");
}

refusal body_too_large(std::size_t limit) {
  return {400,
          "badRequest",
          "Request payload size exceeds the limit: " + std::to_string(limit)
            + " bytes.",
          {},
          {},
          {}};
}

refusal unknown_coding() {
  return {415,
          "badRequest",
          "Unsupported Content-Encoding: want gzip, or none.",
          {},
          "Content-Encoding",
          "header"};
}

refusal late_body() {
  return {408, "timeout", "The rest of the request did not come in time.",
          {},  {},        {}};
}

refusal partition_out_of_bounds(const table_name& x) {
  return invalid(
    "The destination table's partition " + x.table
    + " is outside the allowed bounds. You can only stream to partitions "
      "within 31 days in the past and 16 days in the future relative to the "
      "current date.");
}

refusal not_json(const std::string& what) {
  return {400, "parseError", "Invalid JSON payload received. " + what,
          {},  {},           {}};
}

refusal invalid_value(const std::string& what) {
  return invalid("Invalid JSON payload received. " + what);
}

refusal invalid(const std::string& message) {
  return {400, "invalid", message, {}, {}, {}};
}

refusal schema_mismatch(const table_name& x, const std::string& what) {
  return invalid("Provided Schema does not match Table " + full(x) + ". "
                 + what);
}

refusal precondition_failed() {
  return {412, "conditionNotMet", "Precondition check failed.", {}, {}, {}};
}

refusal bad_token() {
  return {401,
          "authError",
          "Request had invalid authentication credentials. Expected OAuth 2 "
          "access token, login cookie or other valid authentication "
          "credential. See "
          "https://developers.google.com/identity/sign-in/web/"
          "devconsole-project.",
          "Invalid Credentials",
          "Authorization",
          "header"};
}

refusal no_such_method() {
  return {404, "notFound", "Not Found", {}, {}, {}};
}

refusal internal_error() {
  return {500,
          "internalError",
          "An internal error occurred and the request could not be completed.",
          {},
          {},
          {}};
}

} // namespace bqs::sandbox
