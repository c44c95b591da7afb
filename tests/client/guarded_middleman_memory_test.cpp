#include "client/guarded_middleman.hpp"

#include <malloc.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <caf/scoped_actor.hpp>

#include "tests/client/guarded_middleman_fixture.hpp"
#include "tests/http/peak_memory.hpp"

namespace bqs {

namespace {

using namespace test;

/// Answers with 8 MiB, and counts.
caf::behavior answering_at_length(caf::event_based_actor* self,
                                  std::shared_ptr<std::atomic<int>> answers) {
  self->set_default_handler(caf::drop);
  return {[answers](const get_status&) {
    ++*answers;
    answers->notify_all();
    return status{std::string(8u << 20, ' ')};
  }};
}

/// Has a peer ask so often, and waits until that is answered like all before.
void ask_often(raw_peer& by, const caf::actor& whom, int questions,
               const std::atomic<int>& answers) {
  auto all = answers.load() + questions;
  std::string text;
  for (auto i = 0; i < questions; ++i)
    text += question(whom->id());
  by.send(text);
  for (auto n = answers.load(); n < all; n = answers.load())
    answers.wait(n);
}

/// Keeps the texts that it gets, each as a line.
caf::behavior keeping(caf::event_based_actor* self) {
  self->set_default_handler(caf::drop);
  auto lines = std::make_shared<std::string>();
  return {
    [lines](const std::string& x) { *lines += x + '\n'; },
    [lines](caf::get_atom) { return *lines; },
    [](const get_status&) { return status{"here"}; },
  };
}

/// Of which no two pieces are alike.
std::string long_text(std::size_t size) {
  std::string result(size, '\0');
  for (std::size_t i = 0; i < size; ++i)
    result[i] = static_cast<char>('a' + i % 23);
  return result;
}

constexpr std::uint64_t MiB = 1u << 20;

/// Reads so much at least. Returns whether it came.
bool read(raw_peer& from, std::uint64_t bytes) {
  for (std::uint64_t got = 0; got < bytes;) {
    auto more = from.receive().size();
    if (more == 0)
      return false;
    got += more;
  }
  return true;
}

} // namespace

TEST_F(door, who_leaves_most_unread_is_cut_off) {
  auto answers = std::make_shared<std::atomic<int>>(0);
  auto talker = sys.spawn(answering_at_length, answers);
  ASSERT_TRUE(sys.middleman().publish(talker, 0, "127.0.0.1"));
  // 280 MiB in all; the second one has more than a fair share.
  std::vector<std::unique_ptr<raw_peer>> peers;
  for (auto questions : {1, 18, 8, 8}) {
    peers.push_back(std::make_unique<raw_peer>(port));
    peers.back()->send(greeting(static_cast<std::uint32_t>(peers.size())));
    ask_often(*peers.back(), talker, questions, *answers);
  }
  wait_for_refusal();
  EXPECT_TRUE(peers[1]->hung_up());
  EXPECT_TRUE(is_answered(*peers[0], target->id()));
  EXPECT_EQ(refused(),
            std::vector<std::string>{"it does not read what it is sent"});
  caf::anon_send_exit(talker, caf::exit_reason::user_shutdown);
}

TEST_F(door, what_is_announced_takes_no_memory_before_it_comes) {
  constexpr std::uint32_t large = 60u << 20;
  raw_peer friendly{port};
  friendly.send(greeting(1));
  EXPECT_TRUE(is_answered(friendly, target->id()));
  std::vector<std::unique_ptr<raw_peer>> crowd;
  for (auto i = 2u; i < 32; ++i) {
    crowd.push_back(std::make_unique<raw_peer>(port));
    crowd.back()->send(greeting(i));
    EXPECT_TRUE(is_answered(*crowd.back(), target->id()));
  }
  auto grown = http::test::growth_during([&] {
    for (auto& x : crowd)
      x->send(message_header(2, large, 0, 1, target->id()));
    EXPECT_TRUE(is_answered(friendly, target->id()));
    wait_for_refusal();
  });
  EXPECT_LT(grown.value_or(0), 32 * MiB);
}

TEST_F(door, a_large_message_comes_in_pieces) {
  raw_peer peer{port};
  peer.send(greeting(1));
  for (auto size : {512u << 10, (512u << 10) + 1, 5u << 20}) {
    // What follows is heard where it begins: no byte too many was taken.
    auto padding = std::string(size, ' ');
    peer.send(message_header(3, size, 0, 1, 0) + padding); // is passed over
    EXPECT_TRUE(is_answered(peer, target->id()));
  }
}

TEST_F(door, a_large_message_is_looked_at_and_arrives_whole_and_once) {
  auto keeper = sys.spawn(keeping);
  ASSERT_TRUE(sys.middleman().publish(keeper, 0, "127.0.0.1"));
  auto content = [this](const std::string& text) {
    return content_of(caf::make_message(text));
  };
  auto send = [&](raw_peer& by, const std::string& x) {
    by.send(message_header(2, static_cast<std::uint32_t>(x.size()), 0, 9,
                           keeper->id())
            + x);
  };
  const auto around = content({}).size();
  constexpr std::size_t piece = 512u << 10;
  std::string lines;
  std::vector<std::string> reasons_of_enemies;
  auto next_enemy = 2u; // the name of the last one may not be free yet
  raw_peer peer{port};
  peer.send(greeting(1));
  for (auto size : {piece, piece + 1, 2 * piece, 2 * piece + 1, 5 * MiB}) {
    // Its size takes 3 bytes below 2 MiB; above, one more does not matter.
    auto text = long_text(size - around - 2);
    lines += text + '\n';
    send(peer, content(text));
    EXPECT_TRUE(is_answered(peer, keeper->id()));
    auto broken = content(text);
    broken.front() = '\1'; // a stage, which is no actor
    raw_peer enemy{port};
    enemy.send(greeting(next_enemy++));
    send(enemy, broken);
    EXPECT_TRUE(enemy.hung_up());
    reasons_of_enemies.emplace_back("it does not speak the protocol");
  }
  EXPECT_EQ(refused(), reasons_of_enemies);
  EXPECT_TRUE(is_answered(peer, keeper->id()));
  caf::scoped_actor self{sys};
  self->request(keeper, caf::infinite, caf::get_atom_v)
    .receive(
      [&](const std::string& x) {
        EXPECT_TRUE(x == lines) << "other texts, of " << x.size() << " bytes";
      },
      [&](const caf::error& x) { ADD_FAILURE() << sys.render(x); });
  caf::anon_send_exit(keeper, caf::exit_reason::user_shutdown);
}

// They would gather in the mailbox of CAF's broker, which writes them up.
TEST_F(door, answers_to_who_reads_them_do_not_gather) {
  raw_peer eager{port};
  eager.send(greeting(1));
  EXPECT_TRUE(is_answered(eager, target->id()));
  std::string many;
  for (auto i = 0; i < 1'000; ++i)
    many += question(target->id());
  auto grown = http::test::growth_during([&] {
    std::thread reader{[&] {
      while (!eager.receive().empty()) {
        // nop
      }
    }};
    for (auto i = 0; i < 150; ++i)
      EXPECT_TRUE(eager.send(many));
    raw_peer friendly{port};
    friendly.send(greeting(2));
    EXPECT_TRUE(is_answered(friendly, target->id()));
    eager.end();
    reader.join();
  });
  EXPECT_LT(grown.value_or(0), 24 * MiB);
}

// CAF keeps a buffer as large as it ever was: peers that each left something
// unread for a while made a node hold all of it together.
TEST_F(door, what_peers_leave_unread_takes_memory_within_a_bound) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "sanitizers keep what is freed";
#endif
  ::mallopt(M_MMAP_THRESHOLD, 1 << 20); // what is freed is given back
  auto answers = std::make_shared<std::atomic<int>>(0);
  auto talker = sys.spawn(answering_at_length, answers);
  ASSERT_TRUE(sys.middleman().publish(talker, 0, "127.0.0.1"));
  std::vector<std::unique_ptr<raw_peer>> peers;
  auto join = [&] {
    peers.push_back(std::make_unique<raw_peer>(port));
    peers.back()->send(greeting(static_cast<std::uint32_t>(peers.size())));
    return peers.back().get();
  };
  auto friendly = join();
  EXPECT_TRUE(is_answered(*friendly, target->id()));
  auto memory = [] { return http::test::memory_of_process("VmRSS"); };
  auto before = memory();
  // What is written is given back a little later.
  auto settles_below = [&](std::uint64_t most) {
    for (auto i = 0; i < 1'000 && memory() >= before + most; ++i)
      EXPECT_TRUE(is_answered(*friendly, target->id()));
    return memory() < before + most;
  };
  // Of each, not as much as would have it cut off; in sum, 624 MiB.
  for (auto i = 0; i < 3; ++i) {
    auto patient = join();
    ask_often(*patient, talker, 26, *answers);
    EXPECT_TRUE(read(*patient, 26 * 8 * MiB));
  }
  EXPECT_TRUE(settles_below(128 * MiB)) << (memory() - before) / MiB;
  EXPECT_TRUE(refused().empty());
  // One reads now and then, and five never: 520 MiB. There is room for two.
  auto slow = join();
  ask_often(*slow, talker, 2, *answers);
  for (auto i = 0; i < 5; ++i) {
    ask_often(*join(), talker, 13, *answers);
    EXPECT_TRUE(read(*slow, MiB));
  }
  constexpr std::size_t cut_off = 3;
  while (refused().size() < cut_off)
    ASSERT_TRUE(is_answered(*friendly, target->id()));
  EXPECT_TRUE(settles_below((256 + 128) * MiB)) << (memory() - before) / MiB;
  EXPECT_EQ(refused(), std::vector<std::string>(
                         cut_off, "it does not read what it is sent"));
  EXPECT_TRUE(read(*slow, 11 * MiB - 64 * 1024)); // whatever it read too much
  EXPECT_TRUE(is_answered(*slow, target->id()));
  caf::anon_send_exit(talker, caf::exit_reason::user_shutdown);
}

TEST_F(door, a_peer_has_not_too_many_actors) {
  raw_peer peer{port};
  peer.send(greeting(1));
  constexpr auto more = (1u << 16) + 1;
  std::string text;
  for (auto i = 1u; i <= more; ++i)
    text += question(target->id() + 1000, i);
  peer.send(text);
  EXPECT_TRUE(peer.hung_up());
  EXPECT_EQ(refused(),
            std::vector<std::string>{"too many of its actors are known"});
  // All that CAF has to say of so many actors comes before the answer.
  raw_peer next{port};
  next.send(greeting(2));
  EXPECT_TRUE(is_answered(next, target->id()));
}

} // namespace bqs
