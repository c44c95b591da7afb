#include "app/file_follower.hpp"

#include <filesystem>
#include <fstream>
#include <limits>
#include <set>

#include <gtest/gtest.h>

#include "app/temporary_directory.hpp"

using namespace bqs::app;
using namespace std::chrono_literals;

namespace {

namespace fs = std::filesystem;

struct following : ::testing::Test {
  following() {
    start();
  }

  /// Starts following, as a run of the program does.
  void start(const std::string& name = "app.log",
             std::int64_t saved = std::numeric_limits<std::int64_t>::max()) {
    path = directory.path() + "/" + name;
    known = state();
    std::erase_if(known, [this](auto& x) { return x.path != path; });
    marks = std::make_unique<input_marks>();
    uut = std::make_unique<file_follower>(path, format_options{}, known, *marks,
                                          saved);
  }

  /// What a checkpoint would hold if all rows were settled.
  checkpoint state() {
    return marks ? marks->settled() : checkpoint{};
  }

  void append(const std::string& text, const std::string& name = "app.log") {
    std::ofstream{directory.path() + "/" + name,
                  std::ios::app | std::ios::binary}
      << text;
  }

  void rename(const std::string& from, const std::string& to) {
    fs::rename(directory.path() + "/" + from, directory.path() + "/" + to);
  }

  /// Takes `app.log` away, as `app.log.1`.
  void rotate() {
    for (auto i = 8; i > 0; --i)
      if (auto from = path + "." + std::to_string(i); fs::exists(from))
        fs::rename(from, path + "." + std::to_string(i + 1));
    rename("app.log", "app.log.1");
  }

  fs::file_time_type write_time(const std::string& name) const {
    return fs::last_write_time(directory.path() + "/" + name);
  }

  void set_write_time(const std::string& name, fs::file_time_type time) const {
    fs::last_write_time(directory.path() + "/" + name, time);
  }

  /// Reads all there is; returns the rows.
  std::string read() {
    std::string result;
    auto take = [&](std::uint32_t input, const input_row& x) {
      result += std::string{x.json} + " ";
      ids.insert(marks->id(input) + "-" + std::to_string(x.offset));
      ++rows;
      return true;
    };
    uut->look();
    while (uut->read(now, take) == file_follower::result::data) {
      // more may follow
    }
    for (auto& x : uut->take_notes())
      notes += x + "\n";
    return result;
  }

  /// Lets time pass by which a writer has left a renamed file.
  void wait() {
    now += file_follower::grace;
  }

  temporary_directory directory{"bqs-follower-"};
  std::string path;
  checkpoint known;
  std::unique_ptr<input_marks> marks;
  std::unique_ptr<file_follower> uut;
  file_follower::time_point now{};
  std::string notes;
  /// Insert ids of all rows.
  std::set<std::string> ids;
  std::size_t rows = 0;
};

} // namespace

TEST_F(following, lines_come_when_they_are_finished) {
  EXPECT_EQ(read(), "");
  append("1\n2\nunfin");
  EXPECT_EQ(read(), "1 2 ");
  EXPECT_EQ(state().at(0).settled, (input_position{4, 2}));
  wait();
  EXPECT_EQ(read(), "");
  append("ished\n");
  EXPECT_EQ(read(), "unfinished ");
  EXPECT_EQ(notes, "");
}

TEST_F(following, a_file_may_be_missing_for_a_moment) {
  append("1\n");
  EXPECT_EQ(read(), "1 ");
  rotate();
  append("2\n", "app.log.1");
  EXPECT_EQ(read(), "2 ");
  append("3\n");
  EXPECT_EQ(read(), "3 ");
  EXPECT_EQ(notes, "");
}

TEST_F(following, a_renamed_file_is_read_until_its_writer_has_left_it) {
  append("1\n");
  EXPECT_EQ(read(), "1 ");
  append("2\n3");
  rotate();
  append("4\n");
  EXPECT_EQ(read(), "2 4 ");
  append("3\n", "app.log.1");
  EXPECT_EQ(read(), "33 ");
  append("last", "app.log.1");
  EXPECT_EQ(read(), "");
  EXPECT_FALSE(state().at(0).finished);
  wait();
  EXPECT_EQ(read(), "last ");
  EXPECT_TRUE(state().at(0).finished);
  EXPECT_EQ(state().at(1).settled, (input_position{2, 1}));
  EXPECT_EQ(ids.size(), rows);
}

TEST_F(following, rotations_in_a_row_lose_no_file) {
  append("1\n");
  EXPECT_EQ(read(), "1 ");
  append("2\n");
  rotate();
  append("3\n");
  uut->look();
  rotate();
  append("4\n");
  uut->look();
  rotate();
  append("5\n");
  EXPECT_EQ(read(), "2 3 4 5 ");
  wait();
  EXPECT_EQ(read(), "");
  EXPECT_EQ(ids.size(), 5u);
}

TEST_F(following, files_that_came_and_went_between_two_looks_are_found) {
  append("old\n", "app.log.1");
  append("1\n");
  start();
  EXPECT_EQ(read(), "1 ");
  rotate();
  append("2\n");
  rotate();
  append("3\n");
  append("no rotated file\n", "app.log.bak");
  rotate();
  append("4\n");
  EXPECT_EQ(read(), "2 3 4 ");
  rotate();
  append("5\n");
  EXPECT_EQ(read(), "5 ");
  EXPECT_EQ(ids.size(), 5u);
}

TEST_F(following, a_rotation_is_noticed_while_rows_are_taken) {
  append("1\n");
  read();
  append("2\n3\n");
  std::string result;
  auto take = [&](std::uint32_t, const input_row& x) {
    result += std::string{x.json} + " ";
    if (x.json == "2") {
      rotate();
      append("4\n");
      uut->look();
    }
    return true;
  };
  EXPECT_EQ(uut->read(now, take), file_follower::result::data);
  EXPECT_EQ(result, "2 3 ");
  EXPECT_TRUE(marks->unsaved());
  EXPECT_EQ(read(), "4 ");
}

TEST_F(following, a_file_that_was_cut_begins_again_with_another_id) {
  append("1\n2\n");
  EXPECT_EQ(read(), "1 2 ");
  fs::resize_file(path, 0);
  append("3\n");
  EXPECT_EQ(read(), "3 ");
  EXPECT_NE(notes.find("was cut"), std::string::npos) << notes;
  EXPECT_EQ(state().size(), 1u);
  EXPECT_EQ(state()[0].settled, (input_position{2, 1}));
  // Filled again at once.
  fs::resize_file(path, 0);
  append("4\n5\n6\n");
  EXPECT_EQ(read(), "4 5 6 ");
  EXPECT_EQ(ids.size(), 6u);
}

TEST_F(following, a_restart_goes_on_where_the_checkpoint_is) {
  append("1\n2\nunfinished");
  EXPECT_EQ(read(), "1 2 ");
  append(" no more\n3\n");
  auto before = state();
  start();
  EXPECT_EQ(read(), "unfinished no more 3 ");
  EXPECT_EQ(state()[0].id, before[0].id);
  EXPECT_EQ(state()[0].settled.lines, 4u);
  EXPECT_EQ(notes, "");
}

TEST_F(following, a_restart_finds_what_was_rotated_away_meanwhile) {
  append("0\n", "app.log.1");
  append("1\n");
  EXPECT_EQ(read(), "1 ");
  append("2\n");
  rotate();
  append("3\n");
  rotate();
  append("4\n");
  start();
  EXPECT_EQ(read(), "2 3 4 ");
  EXPECT_EQ(notes, "");
  EXPECT_EQ(ids.size(), rows);
  wait();
  EXPECT_EQ(read(), "");
  rotate();
  append("5\n");
  start();
  EXPECT_EQ(read(), "5 ");
}

TEST_F(following, a_restart_waits_for_a_file_that_is_missing) {
  append("1\n");
  EXPECT_EQ(read(), "1 ");
  append("2\n");
  rotate();
  start();
  EXPECT_EQ(read(), "2 ");
  append("3\n");
  EXPECT_EQ(read(), "3 ");
  EXPECT_EQ(ids.size(), 3u);
}

TEST_F(following, a_restart_says_what_it_cannot_find) {
  append("1\n2\n");
  EXPECT_EQ(read(), "1 2 ");
  fs::remove(path);
  append("other\n");
  start();
  EXPECT_EQ(read(), "other ");
  EXPECT_NE(notes.find("byte 4 (line 2)"), std::string::npos) << notes;
  EXPECT_EQ(std::count(notes.begin(), notes.end(), '\n'), 1) << notes;
  EXPECT_EQ(state().size(), 1u);
  EXPECT_EQ(ids.size(), 3u);
}

TEST_F(following, a_restart_reads_what_came_after_a_file_that_is_gone) {
  append("old\n", "app.log.5");
  append("1\n");
  EXPECT_EQ(read(), "1 ");
  auto saved = write_time("app.log");
  append("lost\n");
  rotate();
  append("2\n");
  rotate();
  append("3\n");
  rotate();
  append("4\n");
  fs::remove(path + ".3");
  set_write_time("app.log.8", saved - 1s);
  set_write_time("app.log.2", saved + 1s);
  set_write_time("app.log.1", saved + 2s);
  auto stamp = std::chrono::file_clock::to_sys(saved).time_since_epoch();
  start("app.log", std::chrono::nanoseconds{stamp}.count());
  EXPECT_EQ(read(), "2 3 4 ");
  EXPECT_NE(notes.find("byte 2 (line 1) is gone"), std::string::npos) << notes;
  wait();
  EXPECT_EQ(read(), "");
  EXPECT_EQ(ids.size(), rows);
}

TEST_F(following, a_restart_does_not_take_a_copy_for_a_new_file) {
  append("1\n2\n");
  EXPECT_EQ(read(), "1 2 ");
  auto saved = write_time("app.log");
  // As logrotate's copytruncate does.
  fs::copy_file(path, path + ".1");
  set_write_time("app.log.1", saved + 1s);
  fs::resize_file(path, 0);
  append("3\n");
  auto stamp = std::chrono::file_clock::to_sys(saved).time_since_epoch();
  start("app.log", std::chrono::nanoseconds{stamp}.count());
  EXPECT_EQ(read(), "3 ");
  EXPECT_NE(notes.find("byte 4 (line 2) is gone"), std::string::npos) << notes;
}

TEST_F(following, a_restart_notices_an_inode_that_came_again) {
  append("1\n2\n");
  EXPECT_EQ(read(), "1 2 ");
  // Stands for a new file with the old inode.
  std::ofstream{path} << "a\nb\nc\n";
  start();
  EXPECT_EQ(read(), "a b c ");
  EXPECT_EQ(ids.size(), 5u);
  EXPECT_NE(notes, "");
}

TEST_F(following, a_finished_file_that_comes_back_goes_on_as_itself) {
  append("1\n");
  EXPECT_EQ(read(), "1 ");
  auto before = state().at(0);
  rotate();
  append("2\n");
  EXPECT_EQ(read(), "2 ");
  wait();
  EXPECT_EQ(read(), "");
  EXPECT_TRUE(state().at(0).finished);
  rename("app.log.1", "app.log");
  append("3\n");
  EXPECT_EQ(read(), "3 ");
  EXPECT_TRUE(ids.contains(before.id + "-2"));
  auto after = state();
  auto same = [&before](auto& x) { return is_same_place(x, before); };
  ASSERT_EQ(std::count_if(after.begin(), after.end(), same), 1);
  EXPECT_EQ(std::find_if(after.begin(), after.end(), same)->settled,
            (input_position{4, 2}));
  EXPECT_TRUE(std::holds_alternative<checkpoint>(
    parse_checkpoint(show_checkpoint(after))));
  append("4\n");
  start();
  EXPECT_EQ(read(), "4 ");
  EXPECT_EQ(ids.size(), 4u);
}

TEST_F(following, a_renamed_file_that_comes_back_at_once_is_not_read_twice) {
  append("1\n");
  EXPECT_EQ(read(), "1 ");
  rotate();
  append("2\n");
  EXPECT_EQ(read(), "2 ");
  rename("app.log.1", "app.log");
  append("3\n");
  EXPECT_EQ(read(), "3 ");
  wait();
  EXPECT_EQ(read(), "");
  append("4\n");
  EXPECT_EQ(read(), "4 ");
  EXPECT_EQ(ids.size(), 4u);
  EXPECT_EQ(state().size(), 2u);
}

TEST_F(following, a_finished_empty_file_is_none_that_comes_later) {
  append("");
  EXPECT_EQ(read(), "");
  rotate();
  append("1\n");
  EXPECT_EQ(read(), "1 ");
  wait();
  EXPECT_EQ(read(), "");
  auto empty = state().at(0);
  EXPECT_TRUE(empty.finished);
  // Stands for new files with the old inode, seen at the path or not.
  append("2\n", "app.log.1");
  rename("app.log", "app.log.2");
  append("3\n");
  EXPECT_EQ(read(), "2 3 ");
  rename("app.log.1", "app.log");
  append("4\n");
  EXPECT_EQ(read(), "4 ");
  EXPECT_FALSE(ids.contains(empty.id + "-0"));
  EXPECT_EQ(ids.size(), 4u);
  for (auto& x : ids)
    EXPECT_EQ(x.find('-', empty.id.size()), empty.id.size()) << x;
}

TEST_F(following, a_restart_remembers_finished_files) {
  append("1\n");
  EXPECT_EQ(read(), "1 ");
  rotate();
  append("2\n");
  EXPECT_EQ(read(), "2 ");
  wait();
  EXPECT_EQ(read(), "");
  auto before = state();
  ASSERT_EQ(before.size(), 2u);
  start();
  EXPECT_EQ(state(), before);
  start();
  EXPECT_EQ(state(), before);
  rename("app.log.1", "app.log");
  append("3\n");
  EXPECT_EQ(read(), "3 ");
}

TEST_F(following, each_file_of_csv_has_its_header) {
  start("x.csv");
  append("a\n1\n", "x.csv");
  EXPECT_EQ(read(), R"({"a":"1"} )");
  rename("x.csv", "x-1.csv");
  append("b\n2\n", "x.csv");
  EXPECT_EQ(read(), R"({"b":"2"} )");
  append("3\n", "x.csv");
  start("x.csv");
  EXPECT_EQ(read(), R"({"b":"3"} )");
}

TEST_F(following, what_cannot_be_followed_is_an_error) {
  append("\x1F\x8B\x08");
  auto take = [](std::uint32_t, const input_row&) { return true; };
  uut->look();
  EXPECT_EQ(uut->read(now, take), file_follower::result::error);
  EXPECT_NE(uut->error().find("compressed"), std::string::npos);
  start("y.csv");
  append("a,a\n", "y.csv");
  uut->look();
  EXPECT_EQ(uut->read(now, take), file_follower::result::error);
  EXPECT_NE(uut->error().find("y.csv"), std::string::npos);
}
