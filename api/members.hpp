#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "core/json.hpp"
#include "core/problem.hpp"

namespace hayden::api {

/// The members of a small JSON object that a client sent. Mistakes are gathered until done(); a member that
/// nobody has asked for is one.
class Members {
 public:
  /// Throws Problem(400) unless `body` is an object.
  explicit Members(Json body);

  /// Text of 1 to 63 bytes on one line.
  std::string name(std::string_view member);
  /// The same; empty when it is missing.
  std::string optional_name(std::string_view member);
  /// At most 1000 bytes; empty when it is missing.
  std::string note(std::string_view member);
  /// One of the agdc roles.
  std::string role(std::string_view member);
  /// Text of any kind, or what stands for a missing one.
  std::string text(std::string_view member, std::string_view when_missing);
  Mistakes& mistakes() { return mistakes_; }
  void done();

 private:
  const std::string* take(std::string_view member, bool required);

  Json body_;
  std::vector<std::string> taken_;
  Mistakes mistakes_;
};

}  // namespace hayden::api
