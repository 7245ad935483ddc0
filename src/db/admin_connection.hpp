#pragma once
#include <memory>
#include <pqxx/pqxx>
#include <string>
#include <string_view>

#include "core/problem.hpp"

namespace hayden::db {

/// The extensions Hayden needs, in the order they are made.
inline constexpr std::string_view required_extensions[] = {"postgis", "btree_gist", "unaccent", "pg_trgm"};

/// A connection for one administrative command. Throws Problem(503) with one sentence when there is none to
/// be had.
std::unique_ptr<pqxx::connection> connect_for_administration(const std::string& url);

/// The first line of a server or libpq message, without its severity.
std::string first_line(std::string_view message);

/// Inside a catch block: the failure as a Problem whose description is one sentence for the operator, led by
/// `what`.
Problem administration_problem(const std::string& what);

}  // namespace hayden::db
