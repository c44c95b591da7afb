#include "sandbox/schema.hpp"

#include <algorithm>
#include <array>

#include <nlohmann/json.hpp>

#include "sandbox/json_text.hpp"
#include "sandbox/lower.hpp"

namespace bqs::sandbox {

namespace {

using nlohmann::ordered_json;

// Quotas page.
constexpr std::size_t max_columns = 10'000;
constexpr std::size_t max_depth = 15;
constexpr std::size_t max_name = 300;

struct type_name {
  column_type type;
  std::string_view legacy;
  std::string_view sql;
};

// In the order of the enumeration.
constexpr std::array<type_name, 16> type_names{{
  {column_type::string, "STRING", "STRING"},
  {column_type::bytes, "BYTES", "BYTES"},
  {column_type::integer, "INTEGER", "INT64"},
  {column_type::floating, "FLOAT", "FLOAT64"},
  {column_type::numeric, "NUMERIC", "DECIMAL"},
  {column_type::bignumeric, "BIGNUMERIC", "BIGDECIMAL"},
  {column_type::boolean, "BOOLEAN", "BOOL"},
  {column_type::date, "DATE", "DATE"},
  {column_type::time, "TIME", "TIME"},
  {column_type::datetime, "DATETIME", "DATETIME"},
  {column_type::timestamp, "TIMESTAMP", "TIMESTAMP"},
  {column_type::geography, "GEOGRAPHY", "GEOGRAPHY"},
  {column_type::json, "JSON", "JSON"},
  {column_type::interval, "INTERVAL", "INTERVAL"},
  {column_type::range, "RANGE", "RANGE"},
  {column_type::record, "RECORD", "STRUCT"},
}};

char to_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}

char to_upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c & ~0x20) : c;
}

std::string upper(std::string_view x) {
  std::string result{x};
  std::transform(result.begin(), result.end(), result.begin(), to_upper);
  return result;
}

bool is_column_name(std::string_view x) {
  auto allowed = [](char c) {
    auto l = to_lower(c);
    return (l >= 'a' && l <= 'z') || (c >= '0' && c <= '9') || c == '_'
           || static_cast<unsigned char>(c) >= 0x80;
  };
  return !x.empty() && x.size() <= max_name
         && !(x.front() >= '0' && x.front() <= '9')
         && std::all_of(x.begin(), x.end(), allowed);
}

/// Whether the service keeps names that begin so to itself, in any case.
bool is_reserved_name(std::string_view x) {
  auto name = lower(x);
  constexpr std::array<std::string_view, 6> prefixes{
    "_table_",        "_file_",   "_partition",
    "_row_timestamp", "__root__", "_colidentifier"};
  return std::any_of(prefixes.begin(), prefixes.end(), [&](auto prefix) {
    return std::string_view{name}.starts_with(prefix);
  });
}

/// Returns a string member; empty if it is absent or null.
std::optional<std::string> string_member(const ordered_json& from,
                                         const char* name) {
  auto i = from.find(name);
  if (i == from.end() || i->is_null())
    return "";
  if (!i->is_string())
    return std::nullopt;
  return i->get<std::string>();
}

/// Reads one list of fields and all that are in it. `left` is how many columns
/// the table may still get.
class schema_reader {
public:
  std::string error;

  columns read(ordered_json& fields, std::size_t depth) {
    columns result;
    if (!fields.is_array()) {
      error = "Invalid value at 'schema.fields': not a list.";
      return result;
    }
    if (depth > max_depth) {
      error = "Schema is nested too deeply. Limit: 15 levels.";
      return result;
    }
    for (auto& field : fields) {
      auto x = read_column(field, depth);
      if (!error.empty())
        return result;
      auto name = x.name;
      if (!result.add(std::move(x))) {
        error = "Duplicate field name: " + name + ".";
        return result;
      }
    }
    return result;
  }

private:
  column read_column(ordered_json& field, std::size_t depth) {
    column result;
    auto name = field.is_object() ? string_member(field, "name") : std::nullopt;
    auto type = name ? string_member(field, "type") : std::nullopt;
    auto mode = name ? string_member(field, "mode") : std::nullopt;
    if (!name || !type || !mode) {
      error
        = "Invalid value at 'schema.fields': name, type and mode of a field "
          "must be strings.";
      return result;
    }
    if (left_-- == 0) {
      error = "Too many fields in the schema. Limit: 10000.";
      return result;
    }
    if (!is_column_name(*name)) {
      error = "Invalid field name \"" + *name
              + "\". Fields must contain only letters, numbers, and "
                "underscores, start with a letter or underscore, and be at "
                "most 300 characters long.";
      return result;
    }
    if (is_reserved_name(*name)) {
      error = "Invalid field name \"" + *name
              + "\". Field names are not allowed to start with the "
                "(case-insensitive) prefixes _PARTITION, _TABLE_, _FILE_, "
                "_ROW_TIMESTAMP, __ROOT__ and _COLIDENTIFIER";
      return result;
    }
    auto known = read_column_type(*type);
    if (!known) {
      error = "Invalid value for type: " + *type
              + " is not a valid value (field " + *name + ").";
      return result;
    }
    result.name = *name;
    result.type = *known;
    field["type"] = to_string(*known);
    read_mode(field, upper(*mode), result);
    read_parts(field, depth, result);
    append_quoted(result.key, result.name);
    result.key += ':';
    return result;
  }

  void read_mode(ordered_json& field, const std::string& mode, column& out) {
    if (mode == "REQUIRED")
      out.mode = column_mode::required;
    else if (mode == "REPEATED")
      out.mode = column_mode::repeated;
    else if (!mode.empty() && mode != "NULLABLE")
      error = "Invalid value for mode: " + mode
              + " is not a valid value (field " + out.name + ").";
    if (!mode.empty())
      field["mode"] = mode;
  }

  void read_parts(ordered_json& field, std::size_t depth, column& out) {
    if (out.type == column_type::record) {
      if (!field.contains("fields") || field["fields"].empty()) {
        error = "Field " + out.name + " is type RECORD but has no schema.";
        return;
      }
      out.fields = read(field["fields"], depth + 1);
    } else if (out.type == column_type::range) {
      auto element = field.contains("rangeElementType")
                         && field["rangeElementType"].is_object()
                       ? string_member(field["rangeElementType"], "type")
                       : std::nullopt;
      auto type = read_column_type(element.value_or(""));
      if (type != column_type::date && type != column_type::datetime
          && type != column_type::timestamp)
        error = "Field " + out.name + " is type RANGE but has no element type.";
      else
        out.element = *type;
    }
  }

  std::size_t left_ = max_columns;
};

std::string_view mode_name(column_mode x) {
  switch (x) {
    case column_mode::required:
      return "REQUIRED";
    case column_mode::repeated:
      return "REPEATED";
    default:
      return "NULLABLE";
  }
}

std::string compare(const columns& before, const columns& after,
                    const std::string& path) {
  for (std::size_t i = 0; i < before.size(); ++i) {
    auto& old = before[i];
    auto name = path + old.name;
    if (after.find(old.name, i) == columns::none)
      return "Field " + name + " is missing in new schema";
    if (after.find(old.name, i) != i)
      return "Precondition Failed: field " + name + " changed its place";
    auto& fresh = after[i];
    if (fresh.name != old.name) // rows are stored by it
      return "Precondition Failed: field " + name + " cannot be renamed to "
             + fresh.name;
    if (old.type != fresh.type || old.element != fresh.element)
      return "Field " + name + " has changed type from "
             + std::string{to_string(old.type)} + " to "
             + std::string{to_string(fresh.type)};
    auto relaxed = old.mode == column_mode::required
                   && fresh.mode == column_mode::nullable;
    if (old.mode != fresh.mode && !relaxed)
      return "Field " + name + " has changed mode from "
             + std::string{mode_name(old.mode)} + " to "
             + std::string{mode_name(fresh.mode)};
    auto inside = compare(old.fields, fresh.fields, name + ".");
    if (!inside.empty())
      return inside;
  }
  for (auto i = before.size(); i < after.size(); ++i)
    if (after[i].mode == column_mode::required)
      return "Cannot add required fields to an existing schema. (field: " + path
             + after[i].name + ")";
  return {};
}

} // namespace

std::string_view to_string(column_type x) {
  return type_names[static_cast<std::size_t>(x)].legacy;
}

std::optional<column_type> read_column_type(std::string_view name) {
  auto wanted = upper(name);
  for (auto& known : type_names)
    if (wanted == known.legacy || wanted == known.sql)
      return known.type;
  return std::nullopt;
}

columns::columns() = default;
columns::~columns() = default;
columns::columns(const columns&) = default;
columns::columns(columns&&) noexcept = default;
columns& columns::operator=(const columns&) = default;
columns& columns::operator=(columns&&) noexcept = default;

bool columns::add(column x) {
  if (!by_lower_.emplace(lower(x.name), columns_.size()).second)
    return false;
  columns_.push_back(std::move(x));
  return true;
}

std::size_t columns::size() const {
  return columns_.size();
}

const column& columns::operator[](std::size_t i) const {
  return columns_[i];
}

std::size_t columns::find(std::string_view name, std::size_t guess) const {
  if (guess < columns_.size() && columns_[guess].name == name)
    return guess;
  auto i = by_lower_.find(lower(name));
  return i == by_lower_.end() ? none : i->second;
}

std::variant<columns, std::string> read_schema(ordered_json& fields) {
  schema_reader reader;
  auto result = reader.read(fields, 1);
  if (!reader.error.empty())
    return reader.error;
  return result;
}

std::string compare_schemas(const columns& before, const columns& after) {
  return compare(before, after, "");
}

} // namespace bqs::sandbox
