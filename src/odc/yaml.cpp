#include "odc/yaml.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <sstream>
#include <unordered_set>

#include "core/percent.hpp"
#include "odc/yaml_scalar.hpp"

namespace hayden::odc {
namespace {

constexpr std::size_t deepest = 64;

[[noreturn]] void refuse(const std::string& why) { throw Problem(400, "InvalidYaml", why); }

[[noreturn]] void refuse(const YAML::Mark& mark, const std::string& why) {
  refuse("line " + std::to_string(mark.line + 1) + ", column " + std::to_string(mark.column + 1) + ": " +
         why);
}

/// Appends without the search for an equal key that Json's own ways do: an object of many keys would take
/// quadratic time.
void append(Json& object, std::string key, Json value) {
  object.get_ref<Json::object_t&>().emplace_back(std::move(key), std::move(value));
}

/// A key as datacube stores it: the text that Python makes of it.
std::string key_text(const Json& key) {
  if (key.is_string()) return key.get<std::string>();
  if (key.is_boolean()) return key.get<bool>() ? "True" : "False";
  return key.is_null() ? "None" : dump_json(key);
}

/// The explicit members of a mapping over those that `<<` merged into it; the first merged of a name counts.
Json with_merged(Json explicit_members, const std::vector<Json>& sources) {
  if (sources.empty()) return explicit_members;
  std::map<std::string, Json> own;
  for (const auto& [key, value] : explicit_members.items()) own.emplace(key, value);
  Json out = Json::object();
  std::unordered_set<std::string> seen;
  for (const Json& source : sources) {
    for (const auto& [key, value] : source.items()) {
      if (!seen.insert(key).second) continue;
      const auto member = own.find(key);
      append(out, key, member == own.end() ? value : member->second);
    }
  }
  for (auto& [key, value] : explicit_members.items()) {
    if (seen.insert(key).second) append(out, key, std::move(value));
  }
  return out;
}

/// Builds JSON from the parser's events, so that depth, size and keys are checked as they come.
class JsonBuilder : public YAML::EventHandler {
 public:
  explicit JsonBuilder(std::size_t largest) : largest_(largest) {}

  std::vector<Json> take_documents() { return std::move(documents_); }

  void OnDocumentStart(const YAML::Mark& mark) override {
    charge(mark, 1);
    anchored_.clear();
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    scalar(mark, anchor, Json(nullptr), false);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    if (value.find('\0') != std::string::npos) refuse(mark, "text must not contain the NUL character");
    scalar(mark, anchor, resolved(mark, tag, value), tag == "?" && value == "<<");
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto known = anchored_.find(anchor);
    if (known == anchored_.end()) refuse(mark, "an alias must not stand inside of what it repeats");
    charge(mark, known->second.size);
    if (open_.size() + known->second.depth > deepest) refuse_depth(mark);
    add(mark, known->second.value, false);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value /*style*/) override {
    demand_tag(mark, tag, "seq");
    open(mark, anchor, Json::array());
  }
  void OnSequenceEnd() override { close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value /*style*/) override {
    demand_tag(mark, tag, "map");
    open(mark, anchor, Json::object());
  }
  void OnMapEnd() override { close(); }

 private:
  /// A collection whose end has not come yet.
  struct Open {
    YAML::Mark mark;
    YAML::anchor_t anchor = 0;
    Json value;
    std::optional<std::string> key;        ///< of a mapping, when its value comes next
    bool merges = false;                   ///< that key is `<<`
    std::vector<Json> sources;             ///< what `<<` named
    std::unordered_set<std::string> keys;  ///< seen so far
    std::size_t size_before = 0;
    std::size_t depth = 1;
  };

  struct Anchored {
    Json value;
    std::size_t size = 0, depth = 0;
  };

  static constexpr std::string_view own_tags = "tag:yaml.org,2002:";

  [[noreturn]] static void refuse_depth(const YAML::Mark& mark) {
    refuse(mark, "YAML is nested deeper than " + std::to_string(deepest) + " levels");
  }

  static void demand_tag(const YAML::Mark& mark, std::string_view tag, std::string_view kind) {
    const bool is_own = tag.starts_with(own_tags) && tag.substr(own_tags.size()) == kind;
    if (!tag.empty() && tag != "?" && tag != "!" && !is_own) refuse_tag(mark);
  }

  [[noreturn]] static void refuse_tag(const YAML::Mark& mark) {
    refuse(mark, "only the tags !!str, !!int, !!float, !!bool, !!null, !!map and !!seq are understood");
  }

  static Json resolved(const YAML::Mark& mark, std::string_view tag, const std::string& value) {
    if (tag == "!") return value;
    std::optional<Json> scalar;
    if (tag == "?" || tag.empty()) {
      scalar = yaml_scalar(value);
      if (!scalar) refuse(mark, "the number is out of range");
      return *scalar;
    }
    static constexpr std::array kinds = {"str", "int", "float", "bool", "null"};
    const bool is_own = tag.starts_with(own_tags);
    if (is_own) tag.remove_prefix(own_tags.size());
    if (!is_own || std::ranges::find(kinds, tag) == kinds.end()) refuse_tag(mark);
    scalar = yaml_scalar(value, tag);
    if (!scalar) refuse(mark, "the text is not what its tag !!" + std::string(tag) + " says");
    return *scalar;
  }

  void charge(const YAML::Mark& mark, std::size_t bytes) {
    if (bytes > largest_ - size_) {
      refuse(mark, "the documents are larger than " + std::to_string(largest_) + " bytes");
    }
    size_ += bytes;
  }

  void scalar(const YAML::Mark& mark, YAML::anchor_t anchor, Json value, bool is_merge_key) {
    const std::size_t size = (value.is_string() ? value.get_ref<const std::string&>().size() : 4) + 4;
    charge(mark, size);
    if (anchor != 0) keep(mark, anchor, {value, size, 0});
    add(mark, std::move(value), is_merge_key);
  }

  void keep(const YAML::Mark& mark, YAML::anchor_t anchor, Anchored node) {
    charge(mark, node.size);
    anchored_[anchor] = std::move(node);
  }

  void open(const YAML::Mark& mark, YAML::anchor_t anchor, Json empty) {
    if (open_.size() >= deepest) refuse_depth(mark);
    if (!open_.empty() && open_.back().value.is_object() && !open_.back().key) refuse_key(mark);
    Open collection;
    collection.mark = mark;
    collection.anchor = anchor;
    collection.value = std::move(empty);
    collection.size_before = size_;
    charge(mark, 2);
    open_.push_back(std::move(collection));
  }

  void close() {
    Open done = std::move(open_.back());
    open_.pop_back();
    Json value = with_merged(std::move(done.value), done.sources);
    if (done.anchor != 0) keep(done.mark, done.anchor, {value, size_ - done.size_before, done.depth});
    if (!open_.empty()) open_.back().depth = std::max(open_.back().depth, done.depth + 1);
    add(done.mark, std::move(value), false);
  }

  [[noreturn]] static void refuse_key(const YAML::Mark& mark) {
    refuse(mark, "a key must be text, a number, true, false or null");
  }

  void add(const YAML::Mark& mark, Json value, bool is_merge_key) {
    if (open_.empty()) {
      documents_.push_back(std::move(value));
    } else if (open_.back().value.is_array()) {
      open_.back().value.push_back(std::move(value));
    } else if (open_.back().key) {
      add_member(mark, std::move(value));
    } else {
      if (value.is_structured()) refuse_key(mark);
      start_member(mark, key_text(value), is_merge_key);
    }
  }

  void start_member(const YAML::Mark& mark, std::string key, bool is_merge_key) {
    Open& mapping = open_.back();
    if (!mapping.keys.insert(key).second) refuse(mark, "the key " + dump_json(key) + " stands twice");
    mapping.key = std::move(key);
    mapping.merges = is_merge_key;
  }

  void add_member(const YAML::Mark& mark, Json value) {
    Open& mapping = open_.back();
    if (!mapping.merges) {
      append(mapping.value, std::move(*mapping.key), std::move(value));
    } else if (value.is_object()) {
      mapping.sources.push_back(std::move(value));
    } else {
      const bool are_mappings =
          value.is_array() && std::ranges::all_of(value, [](const Json& each) { return each.is_object(); });
      if (!are_mappings) refuse(mark, "<< must name a mapping or a list of mappings");
      for (auto& source : value) mapping.sources.push_back(std::move(source));
    }
    mapping.key.reset();
  }

  std::size_t largest_;
  std::size_t size_ = 0;
  std::vector<Open> open_;
  std::map<YAML::anchor_t, Anchored> anchored_;
  std::vector<Json> documents_;
};

}  // namespace

std::vector<Json> parse_yaml(std::string_view text, std::size_t largest) {
  if (text.size() > largest) refuse("the text is larger than " + std::to_string(largest) + " bytes");
  if (!is_utf8(text)) refuse("the text is not UTF-8");
  if (text.find('\0') != std::string_view::npos) refuse("the text must not contain the NUL character");
  std::istringstream stream{std::string(text)};
  JsonBuilder builder(largest);
  try {
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) continue;
  } catch (const YAML::Exception& error) {
    refuse(error.mark, "not valid YAML");
  }
  return builder.take_documents();
}

}  // namespace hayden::odc
