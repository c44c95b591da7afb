#include "app/ini.hpp"

#include <algorithm>
#include <optional>

namespace bqs::app {

namespace {

constexpr std::string_view blanks = " \t";

std::string_view trim(std::string_view x) {
  auto first = x.find_first_not_of(blanks);
  if (first == std::string_view::npos)
    return {};
  return x.substr(first, x.find_last_not_of(blanks) - first + 1);
}

bool is_comment(std::string_view x) {
  return x.empty() || x.front() == '#' || x.front() == ';';
}

/// Reads the rest of a line behind a value or a section.
bool only_comment(std::string_view x) {
  return is_comment(trim(x));
}

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 && c != '\t';
}

/// Splits a text into lines, reads each, and stops at the first fault.
class reader {
public:
  explicit reader(std::string_view text) : rest_(text) {
    if (rest_.starts_with("\xEF\xBB\xBF"))
      rest_.remove_prefix(3);
  }

  std::variant<std::vector<ini_section>, ini_error> run() {
    while (!rest_.empty() && !fault_)
      read_line(next_line());
    if (fault_)
      return std::move(*fault_);
    return std::move(sections_);
  }

private:
  std::string_view next_line() {
    ++line_;
    auto end = rest_.find('\n');
    auto result = rest_.substr(0, end);
    rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
    if (result.ends_with('\r'))
      result.remove_suffix(1);
    return result;
  }

  void read_line(std::string_view line) {
    if (std::any_of(line.begin(), line.end(), is_control))
      return refuse("a control character is not allowed here");
    line = trim(line);
    if (is_comment(line))
      return;
    if (line.front() == '[')
      read_section(line.substr(1));
    else
      read_entry(line);
  }

  void read_section(std::string_view text) {
    auto end = text.find(']');
    if (end == std::string_view::npos || !only_comment(text.substr(end + 1)))
      return refuse("a group is written as [name]");
    sections_.push_back({std::string{trim(text.substr(0, end))}, line_, {}});
  }

  void read_entry(std::string_view text) {
    auto equals = text.find('=');
    auto key = trim(text.substr(0, equals));
    if (equals == std::string_view::npos || key.empty())
      return refuse("this is neither [group] nor key = value nor a # comment");
    if (sections_.empty())
      return refuse("'" + std::string{key} + "' stands before any [group]");
    auto written = trim(text.substr(equals + 1));
    auto value = written.starts_with('"') ? read_quoted(written.substr(1))
                                          : read_bare(written);
    if (!fault_)
      sections_.back().entries.push_back(
        {std::string{key}, std::move(value), line_});
  }

  ini_value read_quoted(std::string_view text) {
    ini_value result{{}, true};
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '"') {
        if (!only_comment(text.substr(i + 1)))
          refuse("only a comment may follow a value in quotes");
        return result;
      }
      if (text[i] == '\\' && ++i < text.size() && text[i] != '"'
          && text[i] != '\\')
        break;
      if (i < text.size())
        result.text += text[i];
    }
    refuse(R"(a value in quotes ends with a quote; inside, \" and \\ are )"
           "all that may follow a backslash");
    return result;
  }

  ini_value read_bare(std::string_view text) {
    for (std::size_t i = 0; i < text.size(); ++i)
      if ((text[i] == '#' || text[i] == ';')
          && (i == 0 || blanks.find(text[i - 1]) != std::string_view::npos))
        text = text.substr(0, i);
    text = trim(text);
    if (text.empty())
      refuse(R"(a value is missing; write "" for an empty text)");
    return {std::string{text}, false};
  }

  void refuse(std::string text) {
    if (!fault_)
      fault_ = ini_error{line_, std::move(text)};
  }

  std::string_view rest_;
  std::size_t line_ = 0;
  std::vector<ini_section> sections_;
  std::optional<ini_error> fault_;
};

} // namespace

std::variant<std::vector<ini_section>, ini_error>
parse_ini(std::string_view text) {
  return reader{text}.run();
}

} // namespace bqs::app
