#pragma once
#include <string>
#include <vector>

namespace hayden::db {

/// One finding of the doctor. `remedy` says what to do; it is empty when all is well.
struct Check {
  std::string name;
  bool ok = false;
  std::string finding;
  std::string remedy;
};

/// Looks at everything Hayden needs of a database and at what the login of `url` may do; changes nothing and
/// never throws for what it finds. When the database cannot be reached that is the only check.
std::vector<Check> examine(const std::string& url);

}  // namespace hayden::db
