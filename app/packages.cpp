#include "app/packages.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace bqs::app {

namespace {

std::string_view trim(std::string_view x) {
  auto first = x.find_first_not_of(" \t\r");
  if (first == std::string_view::npos)
    return {};
  return x.substr(first, x.find_last_not_of(" \t\r") - first + 1);
}

std::string_view next_line(std::string_view& text) {
  auto end = text.find('\n');
  auto result = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  if (result.ends_with('\r'))
    result.remove_suffix(1);
  return result;
}

/// `libc6 (>= 2.34), dpkg | other, perl:any` gives three names.
std::vector<std::string> names_of(std::string_view list) {
  std::vector<std::string> result;
  while (!list.empty()) {
    auto item = list.substr(0, list.find(','));
    list.remove_prefix(std::min(item.size() + 1, list.size()));
    item = trim(item);
    item = item.substr(0, item.find_first_of(" (|:\t"));
    if (!item.empty())
      result.emplace_back(item);
  }
  return result;
}

std::uint64_t number_of(std::string_view text) {
  std::uint64_t result = 0;
  std::from_chars(text.data(), text.data() + text.size(), result);
  return result;
}

/// Reads one paragraph of the index, field by field.
class paragraph {
public:
  void add_line(std::string_view line) {
    if (line.front() == ' ' || line.front() == '\t')
      continue_field(line.substr(1));
    else
      begin_field(line);
  }

  /// Appends the package if there is one, and begins anew.
  void end(std::vector<package>& packages) {
    if (installed_ && !result_.name.empty())
      packages.push_back(std::move(result_));
    *this = paragraph{};
  }

private:
  void begin_field(std::string_view line) {
    auto colon = line.find(':');
    auto name = line.substr(0, colon);
    auto value = colon == std::string_view::npos ? std::string_view{}
                                                 : trim(line.substr(colon + 1));
    in_description_ = name == "Description";
    if (name == "Status")
      installed_ = value.ends_with(" installed");
    else if (name == "Installed-Size")
      result_.installed_size = number_of(value);
    else if (name == "Depends")
      result_.depends = names_of(value);
    else if (auto field = text_field(name); field != nullptr)
      *field = value;
  }

  std::string* text_field(std::string_view name) {
    constexpr std::pair<std::string_view, std::string package::*> fields[] = {
      {"Package", &package::name},
      {"Version", &package::version},
      {"Architecture", &package::architecture},
      {"Section", &package::section},
      {"Maintainer", &package::maintainer},
      {"Description", &package::description},
    };
    for (auto& [known, member] : fields)
      if (known == name)
        return &(result_.*member);
    return nullptr;
  }

  void continue_field(std::string_view line) {
    if (!in_description_)
      return;
    result_.description += '\n';
    if (line != ".") // stands for an empty line
      result_.description += line;
  }

  package result_;
  bool installed_ = false;
  bool in_description_ = false;
};

} // namespace

std::vector<package> parse_packages(std::string_view text) {
  std::vector<package> result;
  paragraph current;
  while (!text.empty()) {
    auto line = next_line(text);
    if (line.empty())
      current.end(result);
    else
      current.add_line(line);
  }
  current.end(result);
  return result;
}

} // namespace bqs::app
