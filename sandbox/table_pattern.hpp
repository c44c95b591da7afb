#pragma once

#include <string_view>

namespace bqs::sandbox {

/// Whether `x` is `DATASET.TABLE`, where `*` may stand for any part of either.
bool is_table_pattern(std::string_view x);

/// Whether a pattern means the table `DATASET.TABLE`; an empty one means all.
bool matches_table(std::string_view pattern, std::string_view table);

} // namespace bqs::sandbox
