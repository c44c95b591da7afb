// Bytes of a peer, read as each message of the protocol; blocks go through the
// gate's check and are then looked at row by row. And what a node reads of them
// before CAF does: headers, names, errors, messages of all types.
//
// Input: which message, and its bytes.

#include "bqstreamer/messages.hpp"

#include <iterator>
#include <string>
#include <vector>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/binary_deserializer.hpp>
#include <caf/binary_serializer.hpp>
#include <caf/error.hpp>
#include <caf/message.hpp>
#include <caf/node_id.hpp>

#include "bqstreamer/config.hpp"
#include "client/message_check.hpp"
#include "client/message_header.hpp"
#include "tests/fuzz/target.hpp"

using namespace bqs;
using bqs::test::demand;

namespace {

struct configuration : caf::actor_system_config {
  configuration() {
    add_node_messages(*this);
    set("scheduler.max-threads", 1);
  }
};

/// Lives to the end of the process.
caf::actor_system& home() {
  static auto& cfg = *new configuration;
  static auto& result = *new caf::actor_system{cfg};
  return result;
}

/// Whatever passes the gate can be taken apart.
void look_at(const block& x) {
  demand(cost(x) >= block_overhead, "cost");
  if (!check_frame(x).empty())
    return;
  std::size_t json = 0;
  std::size_t ids = 0;
  for (std::uint32_t i = 0; i < x.rows(); ++i) {
    json += std::string{x.bytes->row(i)}.size();
    ids += std::string{x.bytes->id(i)}.size();
  }
  demand(json == x.bytes->json.size() && ids == x.bytes->ids.size(),
         "rows and ids make up their buffers");
  demand(json == x.bytes->json_bytes(0, x.rows())
           && ids == x.bytes->id_bytes(0, x.rows()),
         "bytes of all rows");
}

template <class T>
void look_at(const T&) {
  // nop
}

template <class T>
bool read(const char* data, std::size_t size, T& x) {
  caf::binary_deserializer source{home(), data, size};
  return !source(x);
}

/// What was read is written and read again as the same.
template <class T>
void try_as(std::string_view bytes) {
  T x;
  if (!read(bytes.data(), bytes.size(), x))
    return;
  look_at(x);
  std::vector<char> written;
  caf::binary_serializer sink{home(), written};
  demand(!sink(x), "cannot be written");
  T y;
  demand(read(written.data(), written.size(), y), "cannot be read back");
  demand(x == y, "is read back otherwise");
}

/// As it travels: with the names of its types, and if the guard lets it pass.
void try_as_message(std::string_view bytes) {
  auto content = std::string(1, '\0'); // no stages
  content += bytes;
  if (check_message(content, true) != message_verdict::good)
    return;
  caf::message x;
  if (read(bytes.data(), bytes.size(), x) && x.match_elements<block>())
    look_at(x.get_as<block>(0));
}

/// What else the guard looks at, and then lets CAF read.
void try_as_guarded(std::string_view bytes) {
  if (check_message(bytes, false) == message_verdict::good) {
    caf::message x;
    read(bytes.data() + 1, bytes.size() - 1, x); // behind the stages
  }
  if (check_error(bytes) == message_verdict::good) {
    caf::error x;
    read(bytes.data(), bytes.size(), x);
  }
  if (begins_with_name(bytes)) {
    caf::node_id x;
    read(bytes.data(), bytes.size(), x);
  }
  constexpr auto size = caf::io::basp::header_size;
  if (bytes.size() < size)
    return;
  auto header = read_header({bytes.begin(), bytes.begin() + size});
  for (auto outgoing : {false, true})
    for (auto known : {false, true})
      demand(check_header(header, outgoing, known, 1000) != nullptr
               || header.payload_len <= 1000,
             "larger than it may be");
}

constexpr void (*readers[])(std::string_view)
  = {try_as<block>,        try_as<row>,          try_as<admission>,
     try_as<ask>,          try_as<receipt>,      try_as<standing>,
     try_as<receipts_ack>, try_as<reply>,        try_as<flush>,
     try_as<bqs::pause>,   try_as<bqs::resume>,  try_as<drain>,
     try_as<get_status>,   try_as<status>,       try_as<join>,
     try_as<leave>,        try_as<failures>,     try_as<failures_ack>,
     try_as<missed>,       try_as<state_change>, try_as_message};

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  test::fuzz_input in{data, size};
  auto which = in.byte();
  constexpr auto guards = 255; // most kept inputs are older
  auto read_as
    = which == guards ? try_as_guarded : readers[which % std::size(readers)];
  read_as(in.rest());
  return 0;
}
