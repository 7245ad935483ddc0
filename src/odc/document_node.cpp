#include "odc/document_node.hpp"

#include <algorithm>
#include <cctype>

namespace hayden::odc {
namespace {

constexpr std::size_t most_mistakes = 100;

bool is_number(const Json& json) { return json.is_number(); }
bool is_text(const Json& json) { return json.is_string(); }

std::string listed(std::initializer_list<std::string_view> words) {
  std::string out;
  for (const auto& word : words) {
    if (!out.empty()) out += ", ";
    out += word;
  }
  return out;
}

}  // namespace

bool is_name(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](unsigned char c) {
    return c < 0x80 && (std::isalnum(c) != 0 || c == '_');
  });
}

void Node::fault(std::string_view what) const {
  if (mistakes_.all().size() < most_mistakes) mistakes_.add(path_.empty() ? "the document" : path_, what);
}

void Node::fault_at(const std::string& path, std::string_view what) const { at(path, json_).fault(what); }

bool Node::demand(bool fulfilled, std::string_view what) const {
  if (!fulfilled) fault(what);
  return fulfilled;
}

bool Node::demand_object() const { return demand(json_.is_object(), "must be an object"); }
bool Node::demand_list() const { return demand(json_.is_array(), "must be a list"); }
bool Node::demand_text() const { return demand(json_.is_string(), "must be text"); }
bool Node::demand_number() const { return demand(json_.is_number(), "must be a number"); }
bool Node::demand_boolean() const { return demand(json_.is_boolean(), "must be true or false"); }

bool Node::demand_name() const {
  return demand(json_.is_string() && is_name(json_.get_ref<const std::string&>()),
                "must be a name of letters, digits and underscores");
}

bool Node::demand_texts() const {
  return demand(json_.is_array() && std::ranges::all_of(json_, is_text), "must be a list of text");
}

bool Node::demand_numbers() const {
  return demand(json_.is_array() && std::ranges::all_of(json_, is_number), "must be a list of numbers");
}

bool Node::demand_one_of(std::initializer_list<std::string_view> words) const {
  const bool is_known =
      json_.is_string() && std::ranges::find(words, json_.get_ref<const std::string&>()) != words.end();
  return demand(is_known, "must be one of " + listed(words));
}

Node Node::at(std::string_view name, const Json& json) const {
  constexpr std::size_t longest = 80;
  const std::string shown{name.substr(0, longest)};
  return {json, mistakes_, path_.empty() ? shown : path_ + '.' + shown};
}

std::optional<Node> Node::member(std::string_view name) const {
  if (!json_.is_object()) return {};
  const auto member = json_.find(name);
  return member == json_.end() ? std::nullopt : std::optional(at(name, *member));
}

std::optional<Node> Node::required(std::string_view name) const {
  auto found = member(name);
  if (!found) at(name, json_).fault("is missing");
  return found;
}

std::optional<Node> Node::given(std::string_view name) const {
  auto found = member(name);
  if (found && found->json().is_null()) return {};
  return found;
}

void Node::allow_only(std::initializer_list<std::string_view> names) const {
  each_member([&names](const std::string& name, const Node& member) {
    if (std::ranges::find(names, name) == names.end()) {
      member.fault("is not known here; known are " + listed(names));
    }
  });
}

void Node::each_member(const std::function<void(const std::string&, const Node&)>& check) const {
  if (!json_.is_object()) return;
  for (const auto& [name, value] : json_.items()) check(name, at(name, value));
}

void Node::each_element(const std::function<void(const Node&)>& check) const {
  if (!json_.is_array()) return;
  for (std::size_t i = 0; i < json_.size(); ++i) {
    check({json_[i], mistakes_, path_ + '[' + std::to_string(i) + ']'});
  }
}

}  // namespace hayden::odc
