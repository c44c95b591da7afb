#pragma once

namespace bqs {

// Extras by which a subscriber finds its place again. A node that does not know
// them sends what fails from now on.

/// In `join`: the position up to which the subscriber was told, or an empty
/// text if it has none. Asks for what failed since, and for positions.
inline constexpr const char* join_after = "after";

/// In `failures`: where the subscriber stands with this message. Of no meaning
/// but to the node that gave it.
inline constexpr const char* failures_position = "position";

} // namespace bqs
