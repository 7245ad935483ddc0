#pragma once
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "core/json.hpp"
#include "core/problem.hpp"

/// What the rules for documents are written in; not for other modules.
namespace hayden::odc {

/// A value inside of a document and the way to it, e.g. `measurements[2].dtype`. Faults are collected under
/// that path.
class Node {
 public:
  Node(const Json& json, Mistakes& mistakes, std::string path = "")
      : json_(json), mistakes_(mistakes), path_(std::move(path)) {}

  const Json& json() const { return json_; }

  /// After 100 mistakes nobody reads further ones, so they are left out.
  void fault(std::string_view what) const;
  /// A fault of what stands further inside, at a path seen from here.
  void fault_at(const std::string& path, std::string_view what) const;
  /// Adds the fault when it is not `fulfilled`; gives back `fulfilled`.
  bool demand(bool fulfilled, std::string_view what) const;

  bool demand_object() const;
  bool demand_list() const;
  bool demand_text() const;
  bool demand_number() const;
  bool demand_boolean() const;
  /// Letters, digits and underscores of ASCII, at least one.
  bool demand_name() const;
  /// A list whose elements are all text, numbers.
  bool demand_texts() const;
  bool demand_numbers() const;
  bool demand_one_of(std::initializer_list<std::string_view> words) const;

  /// Nothing when it is absent or this is no object. A null is there.
  std::optional<Node> member(std::string_view name) const;
  /// The same, and a fault when it is absent.
  std::optional<Node> required(std::string_view name) const;
  /// The same, but a null is absent too.
  std::optional<Node> given(std::string_view name) const;
  /// A fault for each member of another name.
  void allow_only(std::initializer_list<std::string_view> names) const;

  void each_member(const std::function<void(const std::string& name, const Node&)>& check) const;
  void each_element(const std::function<void(const Node&)>& check) const;

 private:
  Node at(std::string_view name, const Json& json) const;

  const Json& json_;
  Mistakes& mistakes_;
  std::string path_;
};

bool is_name(std::string_view text);

}  // namespace hayden::odc
