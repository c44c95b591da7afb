#pragma once

namespace bqs::app {

// What the program ends with, after sysexits.h; `--help` lists them.

inline constexpr int exit_ok = 0;
/// `demo`: the counts do not agree.
inline constexpr int exit_disagreement = 1;
/// The command line or the configuration is not understood; nothing started.
inline constexpr int exit_usage = 64;
/// `send`: some rows failed.
inline constexpr int exit_data = 65;
/// An input file cannot be opened; nothing was sent.
inline constexpr int exit_no_input = 66;
/// The node cannot be reached or was lost, or an address is taken.
inline constexpr int exit_unavailable = 69;
/// A mistake in this program, such as books that do not balance.
inline constexpr int exit_software = 70;
/// `node`: the drain had to give up rows.
inline constexpr int exit_gave_up = 75;
/// Ended by a signal before the work was done.
inline constexpr int exit_interrupted = 130;

} // namespace bqs::app
