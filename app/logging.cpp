#include "app/logging.hpp"

#include <chrono>
#include <memory>
#include <string_view>

#include <nlohmann/json.hpp>
#include <spdlog/formatter.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "app/report.hpp"
#include "http/printable.hpp"

namespace bqs::app {

namespace {

std::string_view view(spdlog::string_view_t x) {
  return {x.data(), x.size()};
}

/// One object per line; a pattern would not escape the message.
class json_formatter : public spdlog::formatter {
public:
  void format(const spdlog::details::log_msg& x,
              spdlog::memory_buf_t& out) override {
    nlohmann::ordered_json line;
    line["time"] = rfc3339(x.time);
    line["level"] = view(spdlog::level::to_string_view(x.level));
    line["message"] = view(x.payload);
    auto text = to_line(line) + "\n";
    out.append(text.data(), text.data() + text.size());
  }

  std::unique_ptr<spdlog::formatter> clone() const override {
    return std::make_unique<json_formatter>();
  }
};

/// Messages hold words of others.
class text_formatter : public spdlog::formatter {
public:
  void format(const spdlog::details::log_msg& x,
              spdlog::memory_buf_t& out) override {
    auto text = http::printable(view(x.payload));
    auto shown = x;
    shown.payload = text;
    pattern_.format(shown, out);
  }

  std::unique_ptr<spdlog::formatter> clone() const override {
    return std::make_unique<text_formatter>();
  }

private:
  spdlog::pattern_formatter pattern_{"%Y-%m-%dT%H:%M:%S.%e%z %l: %v"};
};

} // namespace

void start_logging(const std::string& level, const std::string& format) {
  auto sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
  auto logger = std::make_shared<spdlog::logger>("bqstreamer", sink);
  if (format == "json")
    logger->set_formatter(std::make_unique<json_formatter>());
  else
    logger->set_formatter(std::make_unique<text_formatter>());
  logger->set_level(spdlog::level::from_str(level));
  logger->flush_on(spdlog::level::warn);
  spdlog::set_default_logger(std::move(logger));
}

} // namespace bqs::app
