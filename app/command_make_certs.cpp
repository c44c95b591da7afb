#include <array>
#include <cerrno>
#include <ctime>
#include <filesystem>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <sys/stat.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "app/certificates.hpp"
#include "app/commands.hpp"
#include "app/secret_file.hpp"
#include "bqstreamer/peer_address.hpp"

namespace bqs::app {

namespace {

/// What the command line says.
struct arguments {
  std::string directory;
  std::vector<std::string> hosts;
};

std::string date_after(std::time_t now, int days) {
  constexpr std::time_t day = 86'400;
  auto then = now + days * day;
  tm parts{};
  gmtime_r(&then, &parts);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%d", &parts);
  return text.data();
}

/// Makes the directory, for its owner alone, unless it is there.
/// Returns what is wrong.
std::string make_directory(const std::string& path) {
  if (::mkdir(path.c_str(), 0700) == 0 || errno == EEXIST)
    return std::filesystem::is_directory(path) ? "" : "it is no directory";
  return std::generic_category().message(errno);
}

void explain(const arguments& given, const cluster_certificates& made,
             std::time_t now) {
  std::string hosts;
  for (auto& x : given.hosts)
    hosts += (hosts.empty() ? "" : ", ") + x;
  auto in = [&given](const std::string& name) {
    return (std::filesystem::path{given.directory} / name).string();
  };
  auto until = date_after(now, peer_days);
  std::cout
    << "Made in " << given.directory << " by " << made.name << ":\n\n"
    << "  ca.crt                  whom all trust; for every machine; until "
    << date_after(now, authority_days) << "\n"
    << "  ca.key                  makes certificates: keep it where no node "
       "is\n"
    << "  node.crt, node.key      for nodes on " << hosts << "; until " << until
    << "\n"
    << "  client.crt, client.key  for senders and operators; until " << until
    << "\n\n"
    << "A node:\n\n"
    << "  bqstreamer node --node.address=" << given.hosts[0] << " \\\n"
    << "    --node.tls-certificate=" << in("node.crt") << " \\\n"
    << "    --node.tls-key=" << in("node.key") << " \\\n"
    << "    --node.tls-ca-file=" << in("ca.crt") << " ...\n\n"
    << "Whoever talks with it, with ca.crt, client.crt and client.key:\n\n"
    << "  export BQSTREAMER_TLS_CERTIFICATE=" << in("client.crt") << "\n"
    << "  export BQSTREAMER_TLS_KEY=" << in("client.key") << "\n"
    << "  export BQSTREAMER_TLS_CA_FILE=" << in("ca.crt") << "\n"
    << "  bqstreamer status --of="
    << to_string(peer_address{given.hosts[0], 4747}) << std::endl;
}

int run_make_certs(const arguments& given) {
  for (auto& x : given.hosts)
    if (!is_certifiable(x))
      return complain("HOST must be a host name or an IP address, not " + x,
                      exit_usage);
  auto now = std::time(nullptr);
  try {
    auto made = make_certificates(given.hosts, now);
    struct file {
      const char* name;
      const std::string& text;
      bool secret;
    };
    const std::array<file, 6> files{{
      {"ca.crt", made.authority.certificate, false},
      {"ca.key", made.authority.key, true},
      {"node.crt", made.node.certificate, false},
      {"node.key", made.node.key, true},
      {"client.crt", made.client.certificate, false},
      {"client.key", made.client.key, true},
    }};
    if (auto why = make_directory(given.directory); !why.empty())
      return complain(given.directory + ": " + why, exit_unavailable);
    auto path = [&given](const file& x) {
      return (std::filesystem::path{given.directory} / x.name).string();
    };
    // Some of one authority with some of another would be of no use.
    for (auto& x : files)
      if (std::filesystem::exists(std::filesystem::symlink_status(path(x))))
        return complain(path(x) + " is there already; nothing was made",
                        exit_unavailable);
    for (auto& x : files)
      if (x.secret)
        write_secret_file(path(x), x.text);
      else
        write_new_file(path(x), x.text);
    explain(given, made, now);
  } catch (const std::runtime_error& ex) {
    return complain(ex.what(), exit_unavailable);
  }
  return exit_ok;
}

} // namespace

void add_certificate_command(CLI::App& program, action& run) {
  auto command = program.add_subcommand(
    "make-certs", "Makes an authority and certificates for a first cluster");
  auto given = std::make_shared<arguments>();
  command
    ->add_option("directory", given->directory,
                 "Where the files shall be; those that are there stay")
    ->type_name("DIR")
    ->required();
  command
    ->add_option("hosts", given->hosts,
                 "Names and IP addresses of the machines that nodes run on")
    ->type_name("HOST")
    ->required();
  command->footer("Without certificates a node listens on loopback only.");
  command->callback(
    [given, &run] { run = [given] { return run_make_certs(*given); }; });
}

} // namespace bqs::app
