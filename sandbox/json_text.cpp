#include "sandbox/json_text.hpp"

namespace bqs::sandbox {

void append_quoted(std::string& out, std::string_view x) {
  constexpr const char* digits = "0123456789abcdef";
  out += '"';
  std::size_t plain = 0; // where the run of plain characters began
  for (std::size_t i = 0; i < x.size(); ++i) {
    auto c = static_cast<unsigned char>(x[i]);
    if (c >= 0x20 && c != '"' && c != '\\')
      continue;
    out.append(x, plain, i - plain);
    plain = i + 1;
    out += '\\';
    switch (c) {
      case '"':
      case '\\':
        out += static_cast<char>(c);
        break;
      case '\n':
        out += 'n';
        break;
      case '\t':
        out += 't';
        break;
      case '\r':
        out += 'r';
        break;
      default:
        out += "u00";
        out += digits[c >> 4];
        out += digits[c & 15];
    }
  }
  out.append(x, plain);
  out += '"';
}

} // namespace bqs::sandbox
