#include "sandbox/manager.hpp"

#include "sandbox/list_data.hpp"
#include "sandbox/resource_checks.hpp"
#include "sandbox/resources.hpp"

namespace bqs::sandbox {

namespace {

using json = nlohmann::ordered_json;

constexpr const char* base_path = "/bigquery/v2/projects/";

json dataset_reference(const table_name& at) {
  return {{"projectId", at.project}, {"datasetId", at.dataset}};
}

json table_reference(const table_name& at) {
  return {{"projectId", at.project},
          {"datasetId", at.dataset},
          {"tableId", at.table}};
}

/// Brings `document.schema` into the service's form; returns its columns.
columns checked_schema(json& document) {
  auto& schema = document["schema"];
  if (schema.is_null())
    schema = json::object();
  if (!schema.is_object())
    throw invalid_value("Invalid value at 'table.schema'.");
  if (!schema.contains("fields") || schema["fields"].is_null())
    schema["fields"] = json::array();
  auto read = read_schema(schema["fields"]);
  if (auto words = std::get_if<std::string>(&read))
    throw invalid(*words);
  return std::get<columns>(std::move(read));
}

/// Multi-regions are written in capitals.
void upper_location(json& document) {
  auto i = document.find("location");
  if (i == document.end())
    return;
  if (*i == "us" || *i == "Us")
    *i = "US";
  else if (*i == "eu" || *i == "Eu")
    *i = "EU";
}

/// Leaves out of a table what `view` does not want.
void apply_view(std::string_view view, json& table) {
  if (view.empty() || view == "FULL" || view == "STORAGE_STATS"
      || view == "TABLE_METADATA_VIEW_UNSPECIFIED")
    return;
  if (view != "BASIC")
    throw invalid("Invalid value for view: " + std::string{view}
                  + " is not a valid value");
  for (auto name : {"numBytes", "numLongTermBytes", "numRows"})
    table.erase(name);
}

/// Leaves only those columns in a table that `selectedFields` names.
void select_fields(std::string_view names, const columns& schema, json& table) {
  if (names.empty() || !table.contains("schema"))
    return;
  auto wanted = select(schema, names);
  auto fields = json::array();
  for (auto& each : table["schema"]["fields"])
    if (wanted.find(each["name"].get_ref<const std::string&>())
        != columns::none)
      fields.push_back(each);
  table["schema"]["fields"] = std::move(fields);
}

/// Returns the partitioning of a table whose document was changed; that cannot
/// become another one.
partitioning changed_partitioning(const table_entry& x) {
  auto result = read_partitioning(x.document, x.schema);
  if (result.how != x.parts.how || result.daily != x.parts.daily
      || result.column != x.parts.column)
    throw invalid("Cannot change the partitioning of a table.");
  return result;
}

/// Returns what is kept of a new resource.
json kept(const json& body) {
  auto result = json::object();
  result.merge_patch(body); // without the nulls
  drop_output_only(result);
  return result;
}

json patched(json document, const json& body) {
  document.merge_patch(body);
  return document;
}

/// Keeps what a resource is given when it is made, and else has for good.
json replaced(json document, const json& body) {
  auto result = kept(body);
  for (auto name : {"creationTime", "location", "timePartitioning",
                    "rangePartitioning", "clustering"})
    if (!result.contains(name) && document.contains(name))
      result[name] = std::move(document[name]);
  return result;
}

/// Reads the body of a request that makes or changes a dataset.
json read_dataset(const table_name& at, const request& x) {
  auto result = read_object(x.body);
  check_members(result, "dataset");
  check_reference(result, "datasetReference", at);
  return result;
}

/// Reads the body of a request that makes or changes a table.
json read_table(const table_name& at, const request& x) {
  auto result = read_object(x.body);
  check_members(result, "table");
  check_reference(result, "tableReference", at);
  check_is_plain_table(result);
  return result;
}

refusal bad_table_id(const std::string& id) {
  return invalid("Invalid table ID \"" + id
                 + "\". Table IDs must be alphanumeric (plus underscores) and "
                   "must be at most 1024 characters long. Also, Table "
                   "decorators cannot be used.");
}

reply no_content() {
  reply result;
  result.status = 204;
  return result;
}

} // namespace

manager::manager(catalog& all, store& rows, time_source clock,
                 std::string project)
  : all_(all), rows_(rows), clock_(std::move(clock)),
    project_(std::move(project)) {
  // nop
}

reply manager::list_projects() const {
  json one{{"kind", "bigquery#project"},
           {"id", project_},
           {"numericId", project_number(project_)},
           {"projectReference", {{"projectId", project_}}},
           {"friendlyName", project_}};
  return json_reply({{"kind", "bigquery#projectList"},
                     {"etag", etag(one)},
                     {"projects", json::array({one})},
                     {"totalItems", 1}});
}

// -- datasets -----------------------------------------------------------------

reply manager::insert_dataset(const table_name& at, const request& x) {
  auto document = read_dataset(at, x);
  auto name = at;
  name.dataset = id_in(document, "datasetReference", "datasetId");
  std::lock_guard guard{changes_};
  if (all_.find(name.dataset))
    throw dataset_exists(name);
  make_dataset(name.dataset, std::move(document));
  return json_reply(show(name, *dataset(name)));
}

reply manager::get_dataset(const table_name& at) {
  return json_reply(show(at, *dataset(at)));
}

reply manager::list_datasets(const table_name& at, const request& x) {
  auto all = all_.datasets();
  auto part = cut_page(x, all.size());
  auto shown = json::array();
  for (auto i = part.from; i < part.to; ++i) {
    auto each = at;
    // `-` stands for the caller's own project.
    if (each.project == "-")
      each.project = project_;
    each.dataset = all[i]->dataset;
    auto whole = show(each, *all[i]);
    shown.push_back({{"kind", whole["kind"]},
                     {"id", whole["id"]},
                     {"datasetReference", whole["datasetReference"]},
                     {"labels", whole["labels"]},
                     {"location", whole["location"]}});
  }
  json body{{"kind", "bigquery#datasetList"}, {"etag", etag(shown)}};
  if (!part.next.empty())
    body["nextPageToken"] = part.next;
  body["datasets"] = std::move(shown);
  return json_reply(body);
}

reply manager::patch_dataset(const table_name& at, const request& x) {
  return change_dataset(at, x, patched);
}

reply manager::update_dataset(const table_name& at, const request& x) {
  return change_dataset(at, x, replaced);
}

reply manager::change_dataset(const table_name& at, const request& x,
                              merge how) {
  auto change = read_dataset(at, x);
  drop_output_only(change);
  std::lock_guard guard{changes_};
  auto fresh = *dataset(at);
  check_etag(x, fresh.document);
  fresh.document = how(std::move(fresh.document), change);
  fresh.document["lastModifiedTime"] = millis();
  all_.put(fresh);
  return json_reply(show(at, fresh));
}

reply manager::delete_dataset(const table_name& at, const request& x) {
  std::lock_guard guard{changes_};
  check_etag(x, dataset(at)->document);
  if (!flag_parameter(x, "deleteContents") && !all_.tables(at.dataset).empty())
    throw dataset_in_use(at);
  for (auto& each : all_.tables(at.dataset))
    history_.deleted(at.dataset, each->table);
  all_.remove(at.dataset);
  return no_content();
}

// -- tables -------------------------------------------------------------------

reply manager::insert_table(const table_name& at, const request& x) {
  auto document = read_table(at, x);
  auto name = at;
  name.table = id_in(document, "tableReference", "tableId");
  std::lock_guard guard{changes_};
  dataset(at);
  if (all_.find(name.dataset, name.table))
    throw table_exists(name);
  return json_reply(show(name, *make_table(name, std::move(document))));
}

reply manager::get_table(const table_name& at, const request& x) {
  auto known = table(at);
  auto body = show(at, *known);
  apply_view(x.parameter("view"), body);
  select_fields(x.parameter("selectedFields"), known->schema, body);
  return json_reply(body);
}

reply manager::list_tables(const table_name& at, const request& x) {
  dataset(at);
  auto all = all_.tables(at.dataset);
  auto part = cut_page(x, all.size());
  auto shown = json::array();
  for (auto i = part.from; i < part.to; ++i) {
    auto each = at;
    each.table = all[i]->table;
    shown.push_back(
      {{"kind", "bigquery#table"},
       {"id", each.project + ":" + each.dataset + "." + each.table},
       {"tableReference", table_reference(each)},
       {"type", "TABLE"},
       {"creationTime", all[i]->document["creationTime"]}});
  }
  json body{{"kind", "bigquery#tableList"}, {"etag", etag(shown)}};
  if (!part.next.empty())
    body["nextPageToken"] = part.next;
  body["tables"] = std::move(shown);
  body["totalItems"] = all.size();
  return json_reply(body);
}

reply manager::patch_table(const table_name& at, const request& x) {
  return change_table(at, x, patched);
}

reply manager::update_table(const table_name& at, const request& x) {
  return change_table(at, x, replaced);
}

reply manager::change_table(const table_name& at, const request& x, merge how) {
  auto change = read_table(at, x);
  drop_output_only(change);
  std::lock_guard guard{changes_};
  auto before = table(at);
  auto fresh = *before;
  check_etag(x, fresh.document);
  fresh.document = how(std::move(fresh.document), change);
  auto schema = checked_schema(fresh.document);
  auto mismatch = compare_schemas(fresh.schema, schema);
  if (!mismatch.empty())
    throw schema_mismatch(at, mismatch);
  fresh.schema = std::move(schema);
  fresh.parts = changed_partitioning(fresh);
  fresh.document["lastModifiedTime"] = millis();
  auto after = all_.put(std::move(fresh));
  history_.changed(std::move(before), clock_());
  return json_reply(show(at, *after));
}

reply manager::delete_table(const table_name& at, const request& x) {
  std::lock_guard guard{changes_};
  check_etag(x, table(at)->document);
  all_.remove(at.dataset, at.table);
  history_.deleted(at.dataset, at.table);
  return no_content();
}

// -- for rows -----------------------------------------------------------------

table_ptr manager::ensure_table(const table_name& at, json fields) {
  std::lock_guard guard{changes_};
  if (auto known = all_.find(at.dataset, at.table))
    return known;
  json document{{"schema", {{"fields", std::move(fields)}}}};
  // The table goes first in mind: no dataset is left over from a bad one.
  auto copy = document;
  checked_schema(copy);
  if (!is_table_id(at.table))
    throw bad_table_id(at.table);
  if (!all_.find(at.dataset))
    make_dataset(at.dataset, json::object());
  return make_table(at, std::move(document));
}

table_ptr manager::ensure_from_template(const table_entry& base,
                                        const std::string& suffix) {
  table_name at{"", base.dataset, base.table + suffix};
  std::lock_guard guard{changes_};
  if (auto known = all_.find(at.dataset, at.table))
    return known;
  return make_table(at, base.document);
}

// -- private ------------------------------------------------------------------

std::string manager::millis() const {
  auto now = std::chrono::duration_cast<std::chrono::milliseconds>(
    clock_().time_since_epoch());
  return std::to_string(now.count());
}

void manager::check_etag(const request& x, const json& document) const {
  if (!etag_matches(x.if_match, etag(document)))
    throw precondition_failed();
}

dataset_ptr manager::dataset(const table_name& at) const {
  auto known = all_.find(at.dataset);
  if (!known)
    throw dataset_not_found(at);
  return known;
}

table_ptr manager::table(const table_name& at) const {
  dataset(at);
  auto known = all_.find(at.dataset, at.table);
  if (!known)
    throw table_not_found(at);
  return known;
}

void manager::make_dataset(const std::string& name, json document) {
  if (!is_dataset_id(name))
    throw invalid("Invalid dataset ID \"" + name
                  + "\". Dataset IDs must be alphanumeric (plus underscores) "
                    "and must be at most 1024 characters long.");
  document = kept(document);
  upper_location(document);
  document["creationTime"] = document["lastModifiedTime"] = millis();
  all_.put(dataset_entry{name, std::move(document)});
}

table_ptr manager::make_table(const table_name& at, json document) {
  if (!is_table_id(at.table))
    throw bad_table_id(at.table);
  document = kept(document);
  // A table is where its dataset is.
  auto& around = dataset(at)->document;
  document["location"]
    = around.contains("location") ? around["location"] : json("US");
  auto schema = checked_schema(document);
  auto parts = read_partitioning(document, schema);
  document["creationTime"] = document["lastModifiedTime"] = millis();
  auto made
    = all_.put(table_entry{at.dataset, at.table, std::move(document),
                           std::move(schema), "", parts, ++tables_made_});
  history_.created(at.dataset, at.table, clock_());
  return made;
}

json manager::show(const table_name& at, const dataset_entry& x) const {
  json body{{"kind", "bigquery#dataset"},
            {"etag", etag(x.document)},
            {"id", at.project + ":" + at.dataset},
            {"selfLink", base_path + at.project + "/datasets/" + at.dataset},
            {"datasetReference", dataset_reference(at)},
            // Some clients fail without these.
            {"location", "US"},
            {"access", json::array()},
            {"labels", json::object()},
            {"type", "DEFAULT"}};
  body.update(x.document);
  return body;
}

json manager::show(const table_name& at, const table_entry& x) const {
  auto size = rows_.size(x.rows_table);
  json body{{"kind", "bigquery#table"},
            {"etag", etag(x.document)},
            {"id", at.project + ":" + at.dataset + "." + at.table},
            {"selfLink", base_path + at.project + "/datasets/" + at.dataset
                           + "/tables/" + at.table},
            {"tableReference", table_reference(at)},
            {"numBytes", std::to_string(size.bytes)},
            {"numLongTermBytes", "0"},
            {"numRows", std::to_string(size.rows)},
            {"location", "US"},
            {"labels", json::object()},
            {"type", "TABLE"}};
  body.update(x.document);
  if (x.schema.size() == 0)
    body.erase("schema");
  return body;
}

} // namespace bqs::sandbox
