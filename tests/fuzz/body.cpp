// Rows of a stranger, put into one body, and our judge of rows compared with
// nlohmann's grammar.
//
// Input: flags, then rows that end in 1E; 1F ends the insert id before a row.

#include "http/body.hpp"

#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "http/utf8.hpp"
#include "tests/fuzz/target.hpp"

using namespace bqs;
using namespace bqs::http;
using bqs::test::demand;

namespace {

/// Tells how nlohmann's parser takes a text.
class grammar : public nlohmann::json_sax<nlohmann::json> {
public:
  explicit grammar(std::string_view text) {
    accepts_ = nlohmann::json::sax_parse(text.begin(), text.end(), this);
  }

  bool accepts() const {
    return accepts_;
  }

  /// It stopped at a number that is no double: where that begins and ends.
  struct place {
    std::size_t begin = 0;
    std::size_t size = 0;
  };

  std::optional<place> out_of_range() const {
    constexpr auto code = 406;
    return error_ == code ? std::optional{stop_} : std::nullopt;
  }

  bool null() override {
    return true;
  }

  bool boolean(bool) override {
    return true;
  }

  bool number_integer(number_integer_t) override {
    return true;
  }

  bool number_unsigned(number_unsigned_t) override {
    return true;
  }

  bool number_float(number_float_t, const string_t&) override {
    return true;
  }

  bool string(string_t&) override {
    return true;
  }

  bool binary(binary_t&) override {
    return true;
  }

  bool start_object(std::size_t) override {
    return true;
  }

  bool key(string_t&) override {
    return true;
  }

  bool end_object() override {
    return true;
  }

  bool start_array(std::size_t) override {
    return true;
  }

  bool end_array() override {
    return true;
  }

  bool parse_error(std::size_t end, const std::string& token,
                   const nlohmann::json::exception& x) override {
    error_ = x.id;
    stop_ = {end - token.size(), token.size()};
    return false;
  }

private:
  int error_ = 0;
  place stop_;
  bool accepts_ = false;
};

bool is_json(row_fault x) {
  return x == row_fault::none || x == row_fault::not_an_object;
}

/// The two agree, but for where nlohmann's parser is not RFC 8259's grammar:
///
/// * it skips a byte order mark at the beginning;
/// * it takes a NUL between two tokens for the end of the text;
/// * it refuses a number that is no double, such as 1e400: the rest is compared
///   with 0 in its place, as long as there are not more than 64 of them;
/// * it has no bound for nesting, and we do.
void compare_with_nlohmann(std::string_view text, int numbers = 64) {
  constexpr std::string_view mark = "\xEF\xBB\xBF";
  grammar theirs{text};
  auto ours = check_row(text);
  demand(ours.position <= text.size(), "a fault behind the text");
  if (ours.fault == row_fault::too_deep)
    return;
  if (auto number = theirs.out_of_range()) {
    std::string with_zero{text.substr(0, number->begin)};
    with_zero += '0';
    with_zero += text.substr(number->begin + number->size);
    if (numbers > 0)
      compare_with_nlohmann(with_zero, numbers - 1);
    return;
  }
  if (text.starts_with(mark)) {
    demand(!is_json(ours.fault), "a byte order mark is no blank");
    text.remove_prefix(mark.size());
    ours = check_row(text);
  }
  if (ours.fault == row_fault::malformed && ours.position < text.size()
      && text[ours.position] == '\0')
    ours = check_row(text.substr(0, ours.position));
  demand(ours.fault == row_fault::too_deep
           || is_json(ours.fault) == theirs.accepts(),
         "our grammar and nlohmann's");
}

/// Rows that went into the body, as they were given.
struct sent_row {
  std::string_view id;
  std::string_view json;
};

/// Takes `part` from the beginning of `text`.
void take(std::string_view& text, std::string_view part) {
  demand(text.starts_with(part), "the body is laid out otherwise");
  text.remove_prefix(part.size());
}

/// Takes a JSON string that stands for `want`.
void take_string(std::string_view& text, std::string_view want) {
  demand(text.starts_with('"'), "an insert id is no string");
  std::size_t end = 1;
  while (end < text.size() && text[end] != '"')
    end += text[end] == '\\' ? 2 : 1;
  demand(end < text.size(), "an insert id has no end");
  auto value = nlohmann::json::parse(text.substr(0, end + 1), nullptr, false);
  demand(value.is_string() && value.get_ref<const std::string&>() == want,
         "an insert id is another");
  text.remove_prefix(end + 1);
}

void check_body(std::string_view body, const std::vector<sent_row>& rows) {
  auto verdict = check_row(body);
  demand(verdict.fault == row_fault::none
           || verdict.fault == row_fault::too_deep,
         "the body is no JSON");
  body.remove_prefix(body.find(R"("rows":[)"));
  take(body, R"("rows":[)");
  auto separator = "";
  for (auto& x : rows) {
    take(body, separator);
    take(body, "{");
    if (!x.id.empty()) {
      take(body, R"("insertId":)");
      take_string(body, x.id);
      take(body, ",");
    }
    take(body, R"("json":)");
    take(body, x.json);
    take(body, "}");
    separator = ",";
  }
  demand(body == "]}", "something behind the rows");
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  test::fuzz_input in{data, size};
  auto flags = in.byte();
  static body_builder uut; // kept from input to input, as in a node
  uut.start({(flags & 1) != 0, (flags & 2) != 0, (flags & 4) != 0 ? "_s" : "",
             (flags & 8) != 0 ? "t\"" : ""},
            (flags & 16) != 0 ? 256 : max_body_bytes);
  std::vector<sent_row> rows;
  while (!in.empty()) {
    auto json = in.until('\x1E');
    std::string_view id;
    if (auto cut = json.find('\x1F'); cut != std::string_view::npos) {
      id = json.substr(0, cut);
      json.remove_prefix(cut + 1);
    }
    compare_with_nlohmann(json);
    auto before = uut.size();
    auto result = uut.append(json, id);
    auto good = check_row(json).fault == row_fault::none && is_utf8(id);
    demand(result != append_result::ok || good, "a bad row went in");
    if (result == append_result::ok)
      rows.push_back({id, json});
    else
      demand(uut.size() == before, "a row that stayed out left something");
    if (result == append_result::bad)
      demand(!good || uut.fault().fault == row_fault::too_large
               || uut.fault().fault == row_fault::insert_id_too_long,
             "a good row stayed out");
  }
  demand(uut.rows() == rows.size(), "number of rows");
  check_body(uut.finish(), rows);
  return 0;
}
