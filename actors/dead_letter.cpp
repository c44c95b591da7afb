#include "actors/dead_letter.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "http/base64.hpp"
#include "http/row_check.hpp"
#include "http/utf8.hpp"

namespace bqs {

namespace {

using nlohmann::ordered_json;

bool is_plain(char c) {
  return c >= 0x20 && c < 0x7F && c != '"' && c != '\\';
}

void append_text(std::string& out, std::string_view text) {
  if (!std::all_of(text.begin(), text.end(), is_plain)) {
    out += ordered_json(text).dump();
    return;
  }
  out += '"';
  out += text;
  out += '"';
}

/// Appends a member whose value may be any bytes: as base64 where that is no
/// text, or one that escapes make much longer.
void append_bytes(std::string& out, std::string_view name,
                  std::string_view bytes) {
  out += ",\"";
  out += name;
  auto start = out.size();
  if (http::is_utf8(bytes)) {
    out += "\":";
    append_text(out, bytes);
    if (out.size() - start <= bytes.size() + bytes.size() / 2 + 8)
      return;
    out.resize(start);
  }
  out += "_base64\":";
  append_text(out, http::base64(bytes));
}

/// Whether the row may stand in a line as it is. Blanks around it would not
/// come back.
bool is_one_line_object(std::string_view row) {
  return row.starts_with('{') && row.ends_with('}')
         && row.find_first_of("\r\n") == std::string_view::npos
         && http::check_row(row).fault == http::row_fault::none;
}

} // namespace

std::string dead_letter_head(http::micro_time time, const table_ref& table,
                             const failure_reason& why,
                             std::uint32_t attempts) {
  auto name = table;
  name.suffix.clear();
  ordered_json result;
  result["time"] = http::to_rfc3339(time);
  result["table"] = to_string(name);
  if (!table.suffix.empty())
    result["suffix"] = table.suffix;
  result["reason"] = why.reason;
  result["message"] = why.message;
  result["location"] = why.location;
  result["http_status"] = why.http_status;
  result["uncertain"] = why.uncertain;
  result["attempts"] = attempts;
  auto text
    = result.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
  text.pop_back(); // insert id and row follow
  return text;
}

void append_dead_letter(std::string& out, std::string_view head,
                        std::string_view insert_id, std::string_view row) {
  out += head;
  append_bytes(out, "insert_id", insert_id);
  if (is_one_line_object(row)) {
    out += ",\"row\":";
    out += row;
  } else {
    append_bytes(out, "row", row);
  }
  out += "}\n";
}

} // namespace bqs
