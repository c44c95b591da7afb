#include "sandbox/server.hpp"

#include <stdexcept>

#include <nlohmann/json.hpp>

#include "sandbox/credential_book.hpp"
#include "sandbox/key_file.hpp"
#include "sandbox/listener.hpp"
#include "sandbox/service.hpp"
#include "sandbox/web.hpp"

namespace bqs::sandbox {

namespace {

std::unique_ptr<tls_context> make_tls(const options& x) {
  if (x.tls_cert.empty() && x.tls_key.empty())
    return nullptr;
  if (x.tls_cert.empty() || x.tls_key.empty())
    throw std::runtime_error("TLS takes a certificate and its key");
  return std::make_unique<tls_context>(x.tls_cert, x.tls_key);
}

} // namespace

class server::impl {
public:
  explicit impl(const options& opts)
    : tls(make_tls(opts)), answers(opts), speech(answers, tls.get()),
      door(opts.address, opts.port, [this](int fd) { speech.serve(fd); }) {
    // nop
  }

  ~impl() {
    stop();
  }

  void stop() {
    answers.stop();
    door.stop();
  }

  std::unique_ptr<tls_context> tls;
  service answers;
  web speech;
  listener door;
};

server::server(options opts) {
  try {
    impl_ = std::make_unique<impl>(opts);
  } catch (const std::exception& x) {
    auto where
      = opts.data.empty() ? std::string{} : " (data in " + opts.data + ")";
    throw std::runtime_error("sandbox: " + std::string{x.what()} + where);
  }
}

server::~server() = default;

std::uint16_t server::port() const noexcept {
  return impl_->door.port();
}

std::string server::url() const {
  auto& address = impl_->answers.opts.address;
  auto v6 = address.find(':') != std::string::npos;
  return (impl_->tls ? "https://" : "http://")
         + (v6 ? "[" + address + "]" : address) + ":" + std::to_string(port());
}

void server::stop() {
  impl_->stop();
}

void server::create_table(const std::string& dataset, const std::string& table,
                          const std::string& fields) {
  auto list = nlohmann::ordered_json::parse(fields, nullptr, false);
  table_name at{impl_->answers.opts.project, dataset, table};
  try {
    if (impl_->answers.all.find(dataset, table))
      throw table_exists(at);
    impl_->answers.tables.ensure_table(at, std::move(list));
  } catch (const refusal& why) {
    throw std::runtime_error(why.message);
  }
}

std::uint64_t server::count_rows(const std::string& dataset,
                                 const std::string& table) const {
  if (impl_->answers.opts.store == row_store::none)
    return impl_->answers.unstored.size(dataset + "." + table).rows;
  auto known = impl_->answers.all.find(dataset, table);
  return known ? impl_->answers.rows.count(known->rows_table) : 0;
}

void server::set_faults(std::vector<fault> faults) {
  impl_->answers.faults.set(std::move(faults));
}

void server::accept_only(std::vector<std::string> tokens) {
  impl_->answers.office.accept_only(std::move(tokens));
}

void server::accept_any() {
  impl_->answers.office.set_mode(token_mode::any);
}

std::string server::make_key() {
  auto result = make_key_file(impl_->answers.opts.project, url());
  auto why = impl_->answers.office.register_credential(result);
  if (!why.empty())
    throw std::runtime_error("credential: " + why);
  return result;
}

std::map<std::string, table_counts> server::ledger() const {
  return impl_->answers.counts.read();
}

std::string check_credential(const std::string& text) {
  return credential_book{}.add(text);
}

std::map<std::string, stored_rows> count_stored(const std::string& data) {
  try {
    database db{database_file(data), database::mode::read_only};
    std::map<std::string, stored_rows> result;
    auto tables
      = db.prepare("SELECT dataset, table_id, rows_table FROM sandbox_tables");
    while (tables.step()) {
      auto name
        = std::string{tables.text(0)} + "." + std::string{tables.text(1)};
      auto rows = db.prepare(
        "SELECT COUNT(*), COUNT(DISTINCT insert_id), COUNT(insert_id) FROM "
        + quote_identifier(tables.text(2)));
      rows.step();
      auto all = static_cast<std::uint64_t>(rows.integer(0));
      result[name] = {all, static_cast<std::uint64_t>(rows.integer(1)),
                      all - static_cast<std::uint64_t>(rows.integer(2))};
    }
    return result;
  } catch (const std::runtime_error& x) {
    throw std::runtime_error("cannot count rows in " + data + ": " + x.what());
  }
}

} // namespace bqs::sandbox
