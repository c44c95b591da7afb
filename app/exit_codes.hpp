#pragma once

namespace bqs::app {

// What the program ends with, after sysexits.h.

inline constexpr int exit_ok = 0;
inline constexpr int exit_disagreement = 1;
inline constexpr int exit_usage = 64;
inline constexpr int exit_data = 65;
inline constexpr int exit_no_input = 66;
inline constexpr int exit_unavailable = 69;
inline constexpr int exit_software = 70;
inline constexpr int exit_unwritten = 74;
inline constexpr int exit_gave_up = 75;
inline constexpr int exit_interrupted = 130;

struct exit_meaning {
  int code;
  const char* text;
};

/// For the help and the manual.
inline constexpr exit_meaning exit_meanings[] = {
  {exit_ok, "all is well"},
  {exit_disagreement, "demo: the counts do not agree"},
  {exit_usage, "the command line or the configuration is not understood; "
               "nothing started"},
  {exit_data, "send, replay: some rows failed, or a dead letter is malformed"},
  {exit_no_input, "an input file cannot be read, or not to its end"},
  {exit_unavailable, "the node cannot be reached or was lost, an address is "
                     "taken, or the metadata server does not answer"},
  {exit_software, "a mistake in the program itself"},
  {exit_unwritten, "node: dead letters could not be written until the time for "
                   "the drain was over"},
  {exit_gave_up, "node: rows were given up since the time for the drain was "
                 "over"},
  {exit_interrupted, "ended by a signal before the work was done"},
};

} // namespace bqs::app
