// What a node puts on the wire when it packs its requests.

#include <string>

#include <zlib.h>

#include "tests/end_to_end/stage.hpp"
#include "tests/http/fake_server.hpp"

using namespace bqs::test;
using bqs::http::test::fake_server;
using bqs::http::test::peer;

namespace {

struct compression : stage {};

/// Unpacks gzip; empty if it is none.
std::string unpack(std::string packed) {
  z_stream state{};
  if (inflateInit2(&state, 15 + 16) != Z_OK)
    return {};
  std::string result(1u << 20, '\0');
  state.next_in = reinterpret_cast<Bytef*>(packed.data());
  state.avail_in = static_cast<uInt>(packed.size());
  state.next_out = reinterpret_cast<Bytef*>(result.data());
  state.avail_out = static_cast<uInt>(result.size());
  auto whole = inflate(&state, Z_FINISH) == Z_STREAM_END;
  result.resize(whole ? state.total_out : 0);
  inflateEnd(&state);
  return result;
}

} // namespace

TEST_F(compression, packed_requests_are_marked_and_hold_the_rows) {
  std::string head;
  std::string body;
  std::string small_head;
  fake_server service{{[&](peer& x) {
    for (auto big : {true, false}) {
      auto& to = big ? head : small_head;
      to = x.read_head();
      auto bytes = x.read_body(to);
      if (big)
        body = bytes;
      x.send("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
             "Content-Length: 2\r\n\r\n{}");
    }
  }}};
  box_port = service.port();
  start_node({"--bigquery.compress=true"});
  EXPECT_EQ(
    run({"send", "--to=" + to_node(), "--table=ds.t"}, rows_text("row", 500)),
    0);
  EXPECT_EQ(
    run({"send", "--to=" + to_node(), "--table=ds.t"}, rows_text("row", 1)), 0);
  EXPECT_EQ(stop_node(), 0);
  EXPECT_NE(head.find("Content-Encoding: gzip\r\n"), std::string::npos);
  auto text = unpack(body);
  EXPECT_GT(text.size(), 2 * body.size());
  EXPECT_EQ(text.substr(0, 8), R"({"rows":)");
  EXPECT_NE(text.find(R"("id":"row-499")"), std::string::npos);
  // One that is small already goes as it is.
  EXPECT_EQ(small_head.find("Content-Encoding"), std::string::npos);
  EXPECT_NE(small_head.find("Content-Length: "), std::string::npos);
}
