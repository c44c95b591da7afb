#pragma once

#include "actors/internal.hpp"

namespace bqs {

/// Returns where rows for `table`, which names its project, are posted.
internal::target_ptr make_target(const table_ref& table,
                                 const insert_options& insert);

} // namespace bqs
