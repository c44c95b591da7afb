// A credential file of any content: opened, or refused in one line that names
// it and shows no secret.

#include "http/credentials.hpp"

#include <string>

#include <nlohmann/json.hpp>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/fuzz/target.hpp"

using namespace bqs;
using namespace bqs::http;
using bqs::test::demand;

namespace {

/// A file without a place on any disk.
class memory_file {
public:
  memory_file() : fd_(memfd_create("credentials", 0)) {
    demand(fd_ >= 0, "memfd_create");
  }

  memory_file(const memory_file&) = delete;
  memory_file& operator=(const memory_file&) = delete;

  ~memory_file() {
    close(fd_);
  }

  void write(const std::uint8_t* data, std::size_t size) {
    demand(ftruncate(fd_, 0) == 0
             && pwrite(fd_, data, size, 0) == static_cast<ssize_t>(size),
           "pwrite");
  }

  std::string path() const {
    return "/proc/self/fd/" + std::to_string(fd_);
  }

private:
  int fd_;
};

/// No word that a message could have of its own.
bool is_telling(const std::string& x) {
  return x.size() >= 8
         && x.find_first_not_of("abcdefghijklmnopqrstuvwxyz_/0123456789: ")
              != std::string::npos;
}

void check_silence(const std::string& line, const nlohmann::json& file) {
  for (auto field : {"private_key", "client_secret", "refresh_token"}) {
    if (!file.is_object() || !file.contains(field) || !file[field].is_string())
      continue;
    auto& secret = file[field].get_ref<const std::string&>();
    demand(!is_telling(secret) || line.find(secret) == std::string::npos,
           "a secret is shown");
  }
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static memory_file file;
  static const auto path = file.path();
  file.write(data, size);
  credential_options options;
  options.source = path;
  auto result = open_credentials(options);
  auto* fault = std::get_if<open_fault>(&result);
  if (!fault) {
    demand(std::get<0>(result) != nullptr, "neither credentials nor a line");
    return 0;
  }
  auto& line = fault->text;
  demand(line.find(path) != std::string::npos, "the file is not named");
  demand(line.find('\n') == std::string::npos, "more than a line");
  check_silence(line, nlohmann::json::parse(data, data + size, nullptr, false));
  return 0;
}
