#pragma once
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/call.hpp"
#include "core/json.hpp"
#include "core/problem.hpp"

namespace hayden::api {

/// The query parameters of one operation. Mistakes are gathered until done(); a parameter that the operation
/// does not know is one, so that a misspelt `dry-run` is not taken for none.
class Parameters {
 public:
  /// `f`, the form of the answer, is known to all. With `fields` every other name is that of a search field.
  Parameters(const Call& call, std::initializer_list<std::string_view> known, bool fields = false);

  /// `true`, `1` or no value; `false`, `0` or no parameter.
  bool flag(std::string_view name);
  int number(std::string_view name, int when_missing, int smallest, int largest);
  /// A page size: more than the largest is the largest.
  int limit(int when_missing, int largest);
  std::optional<std::string> text(std::string_view name) const;
  /// All values of a parameter that may be repeated.
  std::vector<std::string> texts(std::string_view name) const;
  /// The place of the value in `values`, of the first when the parameter is missing.
  std::size_t choice(std::string_view name, std::initializer_list<std::string_view> values);
  Mistakes& mistakes() { return mistakes_; }
  void done() const { mistakes_.throw_if_any(); }

 private:
  const Call& call_;
  Mistakes mistakes_;
};

/// The documents of a body: JSON (one, or a list of them) or YAML (one or more, parted by `---`). Throws
/// Problem: 415 for another type, 400 when there is none or it cannot be read.
std::vector<Json> read_documents(const http::Request& request);
/// Throws Problem(400) unless there is exactly one.
Json read_document(const http::Request& request);

/// The dataset id in the address, canonical. Throws Problem(404) when it is no UUID: there is no such
/// dataset.
std::string dataset_id(const Call& call);
std::optional<std::string> if_match(const Call& call);

}  // namespace hayden::api
