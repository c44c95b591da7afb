#pragma once

#include "bench/stage.hpp"

namespace bqs::bench {

// Each adds what it finds to `run::found`, under its own name.

/// What the parts of a row's way cost, one by one.
void parts(run& how);

/// What a push costs whoever pushes.
void pushing(run& how);

/// What tables in trouble cost those that are well.
void head_of_line(run& how);

/// Sender, node and service, as fast as they go, and beside it what the same
/// service, wire and memory allow.
void end_to_end(run& how);

/// Requests of few rows and of many.
void batch_sizes(run& how);

/// Bodies plain and packed, over narrow lines.
void compression(run& how);

/// What a node takes in the long run.
void endurance(run& how);

/// From push to receipt, while little is sent.
void latency(run& how);

/// Very many tables that get few rows each.
void many_tables(run& how);

/// A service that takes 50 ms for a request.
void slow_service(run& how);

/// A service that has quotas and its days.
void quota(run& how);

/// A full node when the service comes back.
void outage(run& how);

/// A node that has nothing to do.
void idle(run& how);

} // namespace bqs::bench
