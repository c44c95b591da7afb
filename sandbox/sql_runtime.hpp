#pragma once

struct sqlite3;

namespace bqs::sandbox::sql {

/// Gives a connection the functions, all called `bq_...`, that behave as
/// GoogleSQL's where SQLite's own differ, and the collation `decimal`. They
/// fail in the service's words.
void add_runtime(sqlite3* db);

} // namespace bqs::sandbox::sql
