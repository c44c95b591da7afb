#include "sandbox/jobs.hpp"

#include <algorithm>
#include <limits>

#include "sandbox/query_errors.hpp"
#include "sandbox/query_request.hpp"
#include "sandbox/resources.hpp"

namespace bqs::sandbox {

namespace {

using json = nlohmann::ordered_json;

// Of one page, about.
constexpr std::size_t max_page_bytes = 10u << 20;
constexpr std::uint64_t max_page_rows = 100'000;

json member(const json& from, const char* name) {
  auto i = from.is_object() ? from.find(name) : from.end();
  return from.is_object() && i != from.end() ? *i : json{};
}

bool flag_in(const json& from, const char* name) {
  auto x = member(from, name);
  return x == json(true) || x == json("true");
}

/// Reads a number that is written as one, or as text; `fallback` if it is
/// absent.
std::uint64_t number_in(const json& from, const char* name,
                        std::uint64_t fallback) {
  auto x = member(from, name);
  if (x.is_null())
    return fallback;
  if (x.is_number_unsigned())
    return x.get<std::uint64_t>();
  if (!x.is_string())
    throw invalid_value("Invalid value at '" + std::string{name}
                        + "' (TYPE_UINT32), " + x.dump());
  request made;
  made.query.emplace_back(name, x.get<std::string>());
  return number_parameter(made, name, fallback);
}

json reference(const job& x) {
  json result{{"projectId", x.project}};
  if (!x.id.empty())
    result["jobId"] = x.id;
  result["location"] = x.location;
  return result;
}

json error_proto(const refusal& x) {
  json result{{"reason", x.reason}};
  if (!x.location.empty())
    result["location"] = x.location;
  result["message"] = x.message;
  return result;
}

/// Returns the resource.
json show(const job& x) {
  json query_statistics{{"totalBytesProcessed", "0"},
                        {"totalBytesBilled", "0"},
                        {"cacheHit", false},
                        {"statementType", "SELECT"}};
  if (!x.error)
    query_statistics["schema"]["fields"] = x.result.fields;
  json status{{"state", "DONE"}};
  if (x.error) {
    status["errorResult"] = error_proto(*x.error);
    status["errors"] = json::array({error_proto(*x.error)});
  }
  return {{"kind", "bigquery#job"},
          {"etag", etag(x.configuration)},
          {"id", x.project + ":" + x.location + "." + x.id},
          {"selfLink", "/bigquery/v2/projects/" + x.project + "/jobs/" + x.id
                         + "?location=" + x.location},
          {"user_email", "sandbox@example.com"},
          {"configuration", x.configuration},
          {"jobReference", reference(x)},
          {"statistics",
           {{"creationTime", std::to_string(x.started)},
            {"startTime", std::to_string(x.started)},
            {"endTime", std::to_string(x.ended)},
            {"totalBytesProcessed", "0"},
            {"query", std::move(query_statistics)}}},
          {"status", std::move(status)}};
}

/// Which rows of a result are asked for.
struct window {
  std::uint64_t from = 0;
  std::uint64_t most = max_page_rows;
  timestamp_format how = timestamp_format::seconds;
};

window read_window(const request& x) {
  window result;
  result.most = number_parameter(x, "maxResults", max_page_rows);
  number_parameter(x, "timeoutMs", 0); // it is done before any
  result.from
    = number_parameter(x, "pageToken", number_parameter(x, "startIndex", 0));
  result.how = read_timestamp_format(x);
  return result;
}

/// Adds `totalRows`, `rows` and, if there are more, `pageToken`.
reply with_rows(json body, const query_result& all, const window& part) {
  body["totalRows"] = std::to_string(all.rows.size());
  auto from = std::min<std::uint64_t>(part.from, all.rows.size());
  auto most = std::min(part.most, max_page_rows);
  row_renderer renderer{all.schema, part.how};
  std::string list;
  auto i = from;
  for (; i < all.rows.size() && i - from < most && list.size() < max_page_bytes;
       ++i) {
    list += list.empty() ? '[' : ',';
    list += renderer.render(all.rows[i]).dump();
  }
  // Who wants no rows now asks for all of them later.
  if (i < all.rows.size() && i > from)
    body["pageToken"] = std::to_string(i);
  auto result = json_reply(body);
  if (!list.empty()) {
    result.body.pop_back();
    result.body += ",\"rows\":" + list + "]}";
  }
  return result;
}

json result_body(const job& x, const char* kind) {
  json result{{"kind", kind}};
  result["schema"]["fields"] = x.result.fields;
  result["jobReference"] = reference(x);
  result["totalBytesProcessed"] = "0";
  result["jobComplete"] = true;
  result["cacheHit"] = false;
  return result;
}

refusal job_not_found(const table_name& at, const std::string& id) {
  return {404, "notFound", "Not found: Job " + at.project + ":" + id,
          {},  {},         {}};
}

void check_id(const std::string& id) {
  auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
           || (c >= '0' && c <= '9') || c == '_' || c == '-';
  };
  if (id.size() > 1'024 || !std::all_of(id.begin(), id.end(), allowed))
    throw invalid("Invalid job ID \"" + id + "\"");
}

} // namespace

jobs::jobs(query_engine& engine, time_source clock)
  : engine_(engine), clock_(std::move(clock)) {
  // nop
}

std::int64_t jobs::millis() const {
  using namespace std::chrono;
  return duration_cast<milliseconds>(clock_().time_since_epoch()).count();
}

std::string jobs::new_id() {
  return "job_" + std::to_string(millis()) + "_" + std::to_string(++made_);
}

job jobs::run(const table_name& at, const json& wanted, bool dry) {
  job result;
  result.project = at.project;
  result.location = string_in(wanted, "location", "US");
  result.started = millis();
  auto asked = query_request::read(wanted, at.project);
  asked.context.location = result.location;
  asked.context.now = result.started * 1'000;
  try {
    result.result = engine_.run(asked.text, asked.context, dry);
  } catch (const refusal& why) {
    result.error = why;
  }
  result.ended = millis();
  json query{{"query", asked.text}};
  result.table = "anon" + std::to_string(++made_);
  query["destinationTable"] = {{"projectId", at.project},
                               {"datasetId", results_dataset},
                               {"tableId", result.table}};
  for (auto name : {"defaultDataset", "queryParameters", "parameterMode"})
    if (auto x = member(wanted, name); !x.is_null())
      query[name] = x;
  query["priority"] = "INTERACTIVE";
  query["useLegacySql"] = false;
  result.configuration = {{"query", std::move(query)}, {"jobType", "QUERY"}};
  if (dry)
    result.configuration["dryRun"] = true;
  return result;
}

void jobs::keep(job x, const std::string& id, job_ptr& out) {
  x.id = id;
  auto name = x.project + ":" + x.location + "." + id;
  auto made = std::make_shared<const job>(std::move(x));
  if (!known_.add(made))
    throw refusal{409, "duplicate", "Already Exists: Job " + name, {}, {}, {}};
  out = std::move(made);
}

job_ptr jobs::find(const table_name& at, const std::string& id) const {
  auto result = known_.find(at.project, id);
  if (!result)
    throw job_not_found(at, id);
  return result;
}

reply jobs::query(const table_name& at, const request& x) {
  auto wanted = read_object(x.body);
  window part;
  part.most = number_in(wanted, "maxResults", max_page_rows);
  number_in(wanted, "timeoutMs", 0); // it is done before any
  request format;
  auto options = member(wanted, "formatOptions");
  if (flag_in(options, "useInt64Timestamp"))
    format.query.emplace_back("formatOptions.useInt64Timestamp", "true");
  format.query.emplace_back("formatOptions.timestampOutputFormat",
                            string_in(options, "timestampOutputFormat"));
  part.how = read_timestamp_format(format);
  auto dry = flag_in(wanted, "dryRun");
  auto request_id = string_in(wanted, "requestId");
  job_ptr done;
  if (!request_id.empty() && !dry)
    done = known_.find_request(at.project, request_id);
  // The same id with another query is none of the same request.
  if (done
      && done->configuration["query"]["query"] != string_in(wanted, "query"))
    done = nullptr;
  if (!done) {
    auto made = run(at, wanted, dry);
    if (made.error)
      throw refusal{*made.error};
    made.request_id = request_id;
    if (dry)
      done = std::make_shared<const job>(std::move(made));
    else
      keep(std::move(made), new_id(), done);
  }
  auto body = result_body(*done, "bigquery#queryResponse");
  body["location"] = done->location;
  if (!done->id.empty())
    body["queryId"] = done->id;
  body["creationTime"] = std::to_string(done->started);
  body["startTime"] = std::to_string(done->started);
  body["endTime"] = std::to_string(done->ended);
  return with_rows(std::move(body), done->result, part);
}

reply jobs::insert(const table_name& at, const request& x) {
  auto body = read_object(x.body);
  auto configuration = member(body, "configuration");
  auto wanted = member(configuration, "query");
  if (!wanted.is_object())
    throw refusal{
      501, "notImplemented", "The sandbox runs query jobs only", {}, {}, {}};
  auto wanted_reference = member(body, "jobReference");
  auto id = string_in(wanted_reference, "jobId");
  check_id(id);
  wanted["location"] = string_in(wanted_reference, "location", "US");
  if (!id.empty() && known_.find(at.project, id))
    throw refusal{409,
                  "duplicate",
                  "Already Exists: Job " + at.project + ":"
                    + wanted["location"].get<std::string>() + "." + id,
                  {},
                  {},
                  {}};
  auto dry = flag_in(configuration, "dryRun");
  auto made = run(at, wanted, dry);
  if (auto labels = member(configuration, "labels"); labels.is_object())
    made.configuration["labels"] = labels;
  if (dry) {
    if (made.error)
      throw refusal{*made.error};
    return json_reply(show(made));
  }
  job_ptr done;
  keep(std::move(made), id.empty() ? new_id() : id, done);
  return json_reply(show(*done));
}

reply jobs::get(const table_name& at, const std::string& id) {
  return json_reply(show(*find(at, id)));
}

reply jobs::results(const table_name& at, const std::string& id,
                    const request& x) {
  auto done = find(at, id);
  if (done->error)
    throw refusal{*done->error};
  auto body = result_body(*done, "bigquery#getQueryResultsResponse");
  body["etag"] = etag(done->configuration);
  return with_rows(std::move(body), done->result, read_window(x));
}

reply jobs::list(const table_name& at, const request& x) {
  auto all = known_.list(at.project);
  auto part = cut_page(x, all.size());
  auto shown = json::array();
  for (auto i = part.from; i < part.to; ++i) {
    auto one = show(*all[i]);
    one["kind"] = "bigquery#job";
    one["state"] = "DONE";
    shown.push_back(std::move(one));
  }
  json body{{"kind", "bigquery#jobList"}, {"etag", etag(shown)}};
  if (!part.next.empty())
    body["nextPageToken"] = part.next;
  body["jobs"] = std::move(shown);
  return json_reply(body);
}

reply jobs::cancel(const table_name& at, const std::string& id) {
  return json_reply(
    {{"kind", "bigquery#jobCancelResponse"}, {"job", show(*find(at, id))}});
}

reply jobs::list_data(const table_name& at, const request& x) {
  auto done = known_.find_table(at.table);
  if (!done || done->error)
    throw table_not_found(at);
  json body{{"kind", "bigquery#tableDataList"},
            {"etag", etag(done->configuration)}};
  return with_rows(std::move(body), done->result, read_window(x));
}

reply jobs::get_table(const table_name& at) {
  auto done = known_.find_table(at.table);
  if (!done || done->error)
    throw table_not_found(at);
  json body{
    {"kind", "bigquery#table"},
    {"etag", etag(done->configuration)},
    {"id", at.project + ":" + at.dataset + "." + at.table},
    {"tableReference", done->configuration["query"]["destinationTable"]}};
  body["schema"]["fields"] = done->result.fields;
  body["numBytes"] = std::to_string(done->result.bytes);
  body["numRows"] = std::to_string(done->result.rows.size());
  body["creationTime"] = std::to_string(done->started);
  body["lastModifiedTime"] = std::to_string(done->ended);
  body["type"] = "TABLE";
  body["location"] = done->location;
  body["labels"] = json::object();
  return json_reply(body);
}

} // namespace bqs::sandbox
