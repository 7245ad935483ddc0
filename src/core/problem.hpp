#pragma once
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace hayden {

/// A failure that the client can be told of. Becomes `{"code","description"}` (the OGC API `exception`
/// schema) with this HTTP status; the description is written for the client and holds nothing internal.
class Problem : public std::runtime_error {
 public:
  Problem(int status, std::string code, const std::string& description)
      : std::runtime_error(description), status_(status), code_(std::move(code)) {}

  int status() const { return status_; }
  const std::string& code() const { return code_; }

 private:
  int status_;
  std::string code_;
};

/// Collects every mistake of one input, so that a client hears of all of them at once.
class Mistakes {
 public:
  /// `where` names the parameter or JSON path, `what` says what is wrong and what is allowed.
  void add(std::string_view where, std::string_view what);
  bool empty() const { return mistakes_.empty(); }
  const std::vector<std::string>& all() const { return mistakes_; }
  /// Throws a Problem(400, "InvalidParameterValue") that lists all mistakes; does nothing when there are
  /// none.
  void throw_if_any() const;

 private:
  std::vector<std::string> mistakes_;
};

}  // namespace hayden
