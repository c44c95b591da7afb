#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "sandbox/query_errors.hpp"

namespace bqs::sandbox::sql {

struct query;
struct expression;
using query_ptr = std::unique_ptr<query>;
using expression_ptr = std::unique_ptr<expression>;

/// A value. What its members mean depends on its kind.
struct expression {
  enum class kind : unsigned char {
    /// NULL.
    null,
    /// `name` is TRUE or FALSE.
    boolean,
    /// `name` holds the digits, or the text.
    integer,
    decimal,
    string,
    /// `DATE '...'`: `name` is the type, `path[0]` the text.
    typed_literal,
    /// `name`, in lower case; `?0`, `?1`, ... if it is one by position.
    parameter,
    /// A column: `path`.
    path,
    /// The function `name`, in upper case, of `args`; operators, too. CASE has
    /// pairs of condition and value, and maybe an ELSE; CASE OF has the value
    /// that is compared in front of them.
    call,
    /// The type `name`, of `args[0]`.
    cast,
    /// `args[0]` of the part `name`, as in `EXTRACT(name FROM args[0])`.
    extract,
    /// `INTERVAL args[0] name`.
    interval,
    /// `(SELECT ...)`.
    subquery,
    exists,
    /// `args[0] IN (SELECT ...)`.
    in_query,
  };

  kind what = kind::null;
  position at;
  std::string name;
  std::vector<std::string> path;
  std::vector<expression_ptr> args;
  query_ptr sub;
  /// Of a call: `COUNT(DISTINCT x)`.
  bool distinct = false;
  /// Of a call: `COUNT(*)`.
  bool star = false;
  /// Levels below, itself included; bounded.
  std::size_t height = 1;
};

struct select_item {
  /// None: a star.
  expression_ptr value;
  std::string alias;
  /// `T.*`; empty: of all.
  std::string table;
  std::vector<std::string> except;
  position at;
};

enum class join_kind : unsigned char { inner, left, right, full, cross };

/// What stands after FROM: a table, a query or a join.
struct table_ref {
  position at;
  /// Of a table, the parts of its name.
  std::vector<std::string> path;
  std::string alias;
  query_ptr sub;
  std::unique_ptr<table_ref> left;
  std::unique_ptr<table_ref> right;
  join_kind join = join_kind::inner;
  expression_ptr on;
  std::vector<std::string> shared;
};

struct select {
  bool distinct = false;
  std::vector<select_item> items;
  std::unique_ptr<table_ref> from;
  expression_ptr where;
  std::vector<expression_ptr> group_by;
  expression_ptr having;
  position at;
};

struct order_item {
  expression_ptr value;
  bool descending = false;
  /// ` NULLS FIRST`, ` NULLS LAST` or nothing.
  std::string nulls;
};

/// Of `UNION` and the like; a query in parentheses or a SELECT.
struct query_member {
  query_ptr sub;
  std::unique_ptr<sql::select> select;
};

struct named_query {
  std::string name;
  query_ptr sub;
};

struct query {
  std::vector<named_query> with;
  std::vector<query_member> members;
  /// Between members: `UNION ALL`, `UNION`, `INTERSECT` or `EXCEPT`.
  std::string set_operator;
  std::vector<order_item> order_by;
  expression_ptr limit;
  expression_ptr offset;
  position at;
};

} // namespace bqs::sandbox::sql
