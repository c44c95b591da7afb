#include "sandbox/field_mask.hpp"

#include <algorithm>
#include <array>

#include <nlohmann/json.hpp>

#include "sandbox/errors.hpp"

namespace bqs::sandbox {

namespace {

using json = nlohmann::ordered_json;
using entries = std::vector<field_mask::entry>;

constexpr std::size_t max_depth = 20;

// All that an answer has at its top, whether it is in this one or not.
constexpr std::array<std::string_view, 68> known_names{
  "*",
  "access",
  "cacheHit",
  "cloneDefinition",
  "clustering",
  "configuration",
  "creationTime",
  "datasetReference",
  "datasets",
  "defaultCollation",
  "defaultPartitionExpirationMs",
  "defaultRoundingMode",
  "defaultTableExpirationMs",
  "description",
  "dmlStats",
  "encryptionConfiguration",
  "endTime",
  "errors",
  "etag",
  "expirationTime",
  "externalDataConfiguration",
  "friendlyName",
  "id",
  "insertErrors",
  "isCaseInsensitive",
  "job",
  "jobComplete",
  "jobReference",
  "jobs",
  "jobCreationReason",
  "kind",
  "labels",
  "lastModifiedTime",
  "location",
  "materializedView",
  "maxTimeTravelHours",
  "model",
  "nextPageToken",
  "numActiveLogicalBytes",
  "numBytes",
  "numDmlAffectedRows",
  "numLongTermBytes",
  "numRows",
  "numTotalLogicalBytes",
  "pageToken",
  "projects",
  "queryId",
  "rangePartitioning",
  "requirePartitionFilter",
  "resourceTags",
  "rows",
  "schema",
  "selfLink",
  "sessionInfo",
  "startTime",
  "statistics",
  "status",
  "storageBillingModel",
  "streamingBuffer",
  "tableConstraints",
  "tableReference",
  "tables",
  "timePartitioning",
  "totalBytesProcessed",
  "totalItems",
  "totalRows",
  "type",
  "user_email",
};

bool is_known(std::string_view name) {
  return std::find(known_names.begin(), known_names.end(), name)
         != known_names.end();
}

refusal bad_selection(std::string_view what) {
  auto result = invalid("Invalid field selection " + std::string{what});
  result.reason = "invalidParameter";
  result.location = "fields";
  result.location_type = "parameter";
  return result;
}

/// Reads a mask from its front to its back.
class mask_reader {
public:
  explicit mask_reader(std::string_view text) : whole_(text), rest_(text) {
    // nop
  }

  entries read() {
    auto result = list(1);
    if (!rest_.empty())
      throw bad_selection(whole_);
    return result;
  }

private:
  entries list(std::size_t depth) {
    entries result;
    do
      result.push_back(item(depth));
    while (skip(','));
    return result;
  }

  field_mask::entry item(std::size_t depth) {
    if (depth > max_depth)
      throw bad_selection(whole_);
    field_mask::entry result{name(), {}};
    if (skip('/')) {
      result.inside.push_back(item(depth + 1));
    } else if (skip('(')) {
      result.inside = list(depth + 1);
      if (!skip(')'))
        throw bad_selection(whole_);
    }
    return result;
  }

  std::string name() {
    auto size = std::min(rest_.find_first_of(",/()"), rest_.size());
    if (size == 0)
      throw bad_selection(whole_);
    std::string result{rest_.substr(0, size)};
    rest_.remove_prefix(size);
    return result;
  }

  bool skip(char c) {
    if (!rest_.starts_with(c))
      return false;
    rest_.remove_prefix(1);
    return true;
  }

  std::string_view whole_;
  std::string_view rest_;
};

void cut(json& x, const entries& mask);

/// Cuts what is inside of one member; false if no name of the mask means it.
bool cut_member(const std::string& name, json& value, const entries& mask) {
  // The same name twice lets through what either does.
  entries inside;
  auto meant = false;
  for (auto& each : mask) {
    if (each.name != name && each.name != "*")
      continue;
    if (each.inside.empty())
      return true;
    meant = true;
    inside.insert(inside.end(), each.inside.begin(), each.inside.end());
  }
  if (meant)
    cut(value, inside);
  return meant;
}

void cut(json& x, const entries& mask) {
  if (x.is_array()) {
    for (auto& each : x)
      cut(each, mask);
    return;
  }
  if (!x.is_object())
    return;
  auto kept = json::object();
  for (auto& [name, value] : x.items())
    if (cut_member(name, value, mask))
      kept[name] = std::move(value);
  x = std::move(kept);
}

} // namespace

field_mask::field_mask(std::string_view text) {
  if (text.empty())
    return;
  entries_ = mask_reader{text}.read();
  for (auto& each : entries_)
    if (!is_known(each.name))
      throw bad_selection(each.name);
}

void field_mask::apply(reply& x) const {
  if (entries_.empty() || x.status != 200)
    return;
  auto body = json::parse(x.body, nullptr, false);
  if (!body.is_object())
    return;
  cut(body, entries_);
  x.body = body.dump(-1, ' ', false, json::error_handler_t::replace);
}

} // namespace bqs::sandbox
