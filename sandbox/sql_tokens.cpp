#include "sandbox/sql_tokens.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

namespace bqs::sandbox::sql {

namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_word_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c)
         || c == '_';
}

bool is_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

void append_utf8(std::string& out, std::uint32_t code) {
  auto tail = [&](unsigned shift) {
    out += static_cast<char>(0x80 | ((code >> shift) & 0x3f));
  };
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xc0 | (code >> 6));
    tail(0);
  } else if (code < 0x10000) {
    out += static_cast<char>(0xe0 | (code >> 12));
    tail(6);
    tail(0);
  } else {
    out += static_cast<char>(0xf0 | (code >> 18));
    tail(12);
    tail(6);
    tail(0);
  }
}

class lexer {
public:
  explicit lexer(std::string_view text) : rest_(text) {
    // nop
  }

  std::vector<token> run() {
    while (skip_space(), !rest_.empty())
      next();
    begin(token_kind::end);
    return std::move(tokens_);
  }

private:
  char peek(std::size_t i = 0) const {
    return i < rest_.size() ? rest_[i] : '\0';
  }

  void advance(std::size_t n) {
    for (auto c : rest_.substr(0, n)) {
      if (c == '\n') {
        ++at_.line;
        at_.column = 1;
      } else if ((c & 0xc0) != 0x80) { // columns are characters, not bytes
        ++at_.column;
      }
    }
    rest_.remove_prefix(n);
    glued_ = false;
  }

  std::string take(std::size_t n) {
    std::string result{rest_.substr(0, n)};
    advance(n);
    return result;
  }

  void skip_space() {
    glued_ = !tokens_.empty();
    for (;;) {
      if (is_space(peek()))
        advance(1);
      else if (peek() == '#' || rest_.starts_with("--"))
        advance(std::min(rest_.find('\n'), rest_.size()));
      else if (rest_.starts_with("/*"))
        skip_block();
      else
        return;
    }
  }

  void skip_block() {
    auto end = rest_.find("*/", 2);
    if (end == std::string_view::npos)
      throw syntax_error("Unclosed comment", at_);
    advance(end + 2);
  }

  token& begin(token_kind kind) {
    auto glued = glued_;
    tokens_.push_back({kind, {}, at_, glued});
    return tokens_.back();
  }

  /// Whether the last token can have a `.name` of its own.
  bool after_name() const {
    if (tokens_.empty() || !glued_)
      return false;
    auto kind = tokens_.back().kind;
    return kind == token_kind::word || kind == token_kind::quoted_name;
  }

  void next() {
    auto c = peek();
    // In `ds.2026` there is no number.
    auto in_path = glued_ && !tokens_.empty() && tokens_.back().is_symbol(".");
    if ((is_word_char(c) && !is_digit(c)) || (in_path && is_digit(c)))
      word();
    else if (is_digit(c) || (c == '.' && is_digit(peek(1)) && !after_name()))
      number();
    else if (c == '\'' || c == '"')
      quoted(token_kind::string, 0, false);
    else if (c == '`')
      quoted(token_kind::quoted_name, 0, false);
    else if (c == '@')
      parameter();
    else
      symbol();
  }

  void word() {
    auto n = word_size();
    auto prefix = to_upper(rest_.substr(0, n));
    auto quote = peek(n) == '\'' || peek(n) == '"';
    if (quote && (prefix == "R" || prefix == "B" || prefix.size() == 2)
        && prefix.find_first_not_of("RB") == std::string::npos && prefix != "RR"
        && prefix != "BB") {
      auto bytes = prefix.find('B') != std::string::npos;
      quoted(bytes ? token_kind::bytes : token_kind::string, n,
             prefix.find('R') != std::string::npos);
      return;
    }
    auto& x = begin(token_kind::word);
    x.text = take(n);
  }

  std::size_t word_size() const {
    std::size_t n = 0;
    while (is_word_char(peek(n)))
      ++n;
    return n;
  }

  std::size_t digits(std::size_t from) const {
    while (is_digit(peek(from)))
      ++from;
    return from;
  }

  void number() {
    auto& x = begin(token_kind::integer);
    if (peek() == '0' && (peek(1) | 0x20) == 'x') {
      x.text = take(word_size());
      return;
    }
    auto n = digits(0);
    if (peek(n) == '.') {
      x.kind = token_kind::decimal;
      n = digits(n + 1);
    }
    if ((peek(n) | 0x20) == 'e') {
      auto sign = peek(n + 1) == '+' || peek(n + 1) == '-' ? 1u : 0u;
      if (is_digit(peek(n + 1 + sign))) {
        x.kind = token_kind::decimal;
        n = digits(n + 1 + sign);
      }
    }
    x.text = take(n);
  }

  void parameter() {
    auto& x = begin(token_kind::parameter);
    advance(1);
    if (peek() == '@')
      throw cannot_run("system variables", x.at);
    auto n = word_size();
    if (n == 0 || is_digit(peek()))
      throw syntax_error("Unexpected \"@\"", x.at);
    x.text = take(n);
  }

  void symbol() {
    constexpr std::array<std::string_view, 9> twins{
      "<=", ">=", "!=", "<>", "||", "<<", ">>", "=>", "|>"};
    auto& x
      = begin(peek() == '?' ? token_kind::placeholder : token_kind::symbol);
    for (auto twin : twins)
      if (rest_.starts_with(twin)) {
        x.text = take(twin.size());
        return;
      }
    if (std::string_view{"+-*/,.()[]{}=<>;&|^~:?"}.find(peek())
        == std::string_view::npos)
      throw syntax_error("Illegal input character \""
                           + std::string{rest_.substr(0, 1)} + "\"",
                         x.at);
    x.text = take(1);
  }

  /// Reads what stands in quotes, after a prefix.
  void quoted(token_kind kind, std::size_t prefix, bool raw) {
    auto& x = begin(kind);
    advance(prefix);
    auto quote = std::string(1, peek());
    auto triple = quote + quote + quote;
    auto lines = kind != token_kind::quoted_name && rest_.starts_with(triple);
    auto& end = lines ? triple : quote;
    advance(end.size());
    while (!rest_.starts_with(end)) {
      if (rest_.empty() || (peek() == '\n' && !lines))
        throw syntax_error(kind == token_kind::quoted_name
                             ? "Unclosed identifier literal"
                           : lines ? "Unclosed triple-quoted string literal"
                                   : "Unclosed string literal",
                           x.at);
      if (peek() != '\\')
        x.text += take(1);
      else if (raw)
        x.text += take(std::min<std::size_t>(2, rest_.size()));
      else
        escape(x.text);
    }
    advance(end.size());
    if (kind == token_kind::quoted_name && x.text.empty())
      throw syntax_error("Invalid empty identifier", x.at);
  }

  void escape(std::string& out) {
    constexpr std::string_view names = "abfnrtv\\?\"'`";
    constexpr std::string_view values = "\a\b\f\n\r\t\v\\?\"'`";
    auto from = at_;
    advance(1);
    auto c = peek();
    if (auto i = names.find(c); c != '\0' && i != std::string_view::npos) {
      advance(1);
      out += values[i];
    } else if (c == 'x' || c == 'X') {
      code(out, from, 1, 2, 16);
    } else if (c == 'u') {
      code(out, from, 1, 4, 16);
    } else if (c == 'U') {
      code(out, from, 1, 8, 16);
    } else if (c >= '0' && c <= '3') {
      code(out, from, 0, 3, 8);
    } else {
      throw syntax_error("Illegal escape sequence: \\" + std::string(1, c),
                         from);
    }
  }

  void code(std::string& out, position from, std::size_t skip,
            std::size_t digits, int base) {
    advance(skip);
    auto text = rest_.substr(0, digits);
    std::uint32_t value = 0;
    auto end = text.data() + text.size();
    auto [last, error] = std::from_chars(text.data(), end, value, base);
    if (error != std::errc{} || last != end || text.size() != digits
        || value > 0x10ffff || (value >= 0xd800 && value < 0xe000))
      throw syntax_error("Illegal escape sequence", from);
    append_utf8(out, value);
    advance(digits);
  }

  std::string_view rest_;
  position at_;
  bool glued_ = false;
  std::vector<token> tokens_;
};

} // namespace

bool token::is_word(std::string_view upper) const {
  return kind == token_kind::word && to_upper(text) == upper;
}

std::string to_upper(std::string_view x) {
  std::string result{x};
  std::transform(result.begin(), result.end(), result.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c & ~0x20) : c;
  });
  return result;
}

std::vector<token> tokenize(std::string_view text) {
  return lexer{text}.run();
}

} // namespace bqs::sandbox::sql
