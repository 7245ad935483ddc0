#include "stac/fields.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <stdexcept>

namespace hayden::stac {
namespace {

constexpr std::size_t most_fields = 200;
constexpr std::size_t longest_field = 512;

/// What a page has to hold so that it can be read, whatever else is included.
constexpr std::array<std::string_view, 4> identity{"type", "id", "collection", "links"};
constexpr std::array<std::string_view, 5> rest_of_default{"stac_version", "geometry", "bbox", "assets",
                                                          "properties.datetime"};
constexpr std::array<std::string_view, 3> collection_identity{"type", "id", "links"};
constexpr std::array<std::string_view, 6> rest_of_collection_default{"stac_version", "title",  "description",
                                                                     "license",      "extent", "keywords"};
constexpr std::array<std::string_view, 10> item_members{
    "type", "stac_version", "stac_extensions", "id",     "geometry",
    "bbox", "properties",   "links",           "assets", "collection"};

/// A rule as it looks from inside an object: what is left of its path there.
struct Below {
  std::string_view path;
  bool include = false;
};

/// Copies the selected members of one Item.
class Selection {
 public:
  Selection(std::string_view text, int links_at, std::string& out)
      : text_(text), links_at_(static_cast<std::size_t>(links_at)), out_(out), begin_(out.size()) {}

  /// An object, where `keep` holds for members that no rule names.
  void object(const std::vector<Below>& rules, bool keep) {
    expect('{');
    out_ += '{';
    bool first = true;
    skip_space();
    if (!take('}')) {
      do {
        skip_space();
        if (member(rules, keep, first)) first = false;
        skip_space();
      } while (take(','));
      expect('}');
    }
    out_ += '}';
  }

  void expect_end() {
    skip_space();
    if (at_ != text_.size()) broken();
  }

  int links_at() const { return out_links_at_; }

 private:
  /// Tells whether anything was written.
  bool member(const std::vector<Below>& rules, bool keep, bool first) {
    const auto quoted = string();
    skip_space();
    expect(':');
    skip_space();
    const bool is_escaped = quoted.find('\\') != std::string_view::npos;
    const std::string unescaped_name = is_escaped ? unescaped(quoted) : std::string{};
    const auto name = is_escaped ? std::string_view{unescaped_name} : quoted.substr(1, quoted.size() - 2);
    std::vector<Below> below;
    bool included = false, excluded = false, includes_below = false;
    for (const auto& rule : rules) {
      if (!rule.path.starts_with(name)) continue;
      if (rule.path.size() == name.size()) {
        (rule.include ? included : excluded) = true;
      } else if (rule.path[name.size()] == '.') {
        below.push_back({rule.path.substr(name.size() + 1), rule.include});
        includes_below = includes_below || rule.include;
      }
    }
    const bool keep_member = included || (keep && !excluded);
    const bool is_object = at_ < text_.size() && text_[at_] == '{';
    if (!keep_member && !(includes_below && is_object)) {
      value();
      return false;
    }
    if (!first) out_ += ',';
    out_.append(quoted).append(":");
    if (is_object && !below.empty()) {
      object(below, keep_member);
    } else {
      copy_value();
    }
    return true;
  }

  void copy_value() {
    const auto start = at_;
    const auto bytes = value();
    if (links_at_ > start && links_at_ < start + bytes.size()) {
      out_links_at_ = static_cast<int>(out_.size() - begin_ + (links_at_ - start));
    }
    out_ += bytes;
  }

  std::string_view value() {
    const auto start = at_;
    std::size_t depth = 0;
    do {
      if (at_ >= text_.size()) broken();
      const char c = text_[at_];
      if (c == '"') {
        string();
      } else if (c == '{' || c == '[') {
        ++depth;
        ++at_;
      } else if (c == '}' || c == ']') {
        if (depth == 0) broken();
        --depth;
        ++at_;
      } else if (depth > 0) {
        ++at_;
      } else {
        scalar();
      }
    } while (depth > 0);
    return text_.substr(start, at_ - start);
  }

  void scalar() {
    const auto start = at_;
    at_ = std::min(text_.find_first_of(",}] \t\r\n", at_), text_.size());
    if (at_ == start) broken();
  }

  /// A string with its quotes.
  std::string_view string() {
    const auto start = at_;
    expect('"');
    while (at_ < text_.size() && text_[at_] != '"') at_ += text_[at_] == '\\' ? 2 : 1;
    expect('"');
    return text_.substr(start, at_ - start);
  }

  static std::string unescaped(std::string_view quoted) {
    const auto json = Json::parse(quoted, nullptr, false);
    if (!json.is_string()) broken();
    return json.get<std::string>();
  }

  void skip_space() { at_ = std::min(text_.find_first_not_of(" \t\r\n", at_), text_.size()); }
  bool take(char c) {
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  void expect(char c) {
    if (!take(c)) broken();
  }
  [[noreturn]] static void broken() { throw std::runtime_error("a stored Item is not valid JSON"); }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t links_at_;
  std::string& out_;
  std::size_t begin_;
  int out_links_at_ = -1;
};

/// The part of a field's path before its first dot.
std::string_view top_of(std::string_view path) { return path.substr(0, path.find('.')); }

bool contains(std::span<const std::string_view> names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

void read_names(const Json& fields, const char* member, Mistakes& mistakes,
                std::vector<std::string_view>& names) {
  const auto found = fields.find(member);
  if (found == fields.end() || found->is_null()) return;
  const bool is_list =
      found->is_array() && std::ranges::all_of(*found, [](const Json& name) { return name.is_string(); });
  if (!is_list) {
    mistakes.add(std::string{"fields."} + member, "expected an array of strings");
    return;
  }
  for (const auto& name : *found) names.push_back(name.get_ref<const std::string&>());
}

}  // namespace

Fields Fields::of(FieldsOf kind, std::span<const std::string_view> includes,
                  std::span<const std::string_view> excludes, bool take_rest, Mistakes& mistakes) {
  Fields fields;
  if (includes.size() + excludes.size() > most_fields) {
    mistakes.add("fields", "more than " + std::to_string(most_fields) + " fields");
    return fields;
  }
  const auto add = [&](std::string_view name, bool include) {
    if (name.empty() || name.size() > longest_field) {
      mistakes.add("fields", "the name of a field has 1 to " + std::to_string(longest_field) + " bytes");
      return;
    }
    fields.rules_.push_back({std::string{name}, include});
    if (kind == FieldsOf::item && !contains(item_members, top_of(name)))
      fields.rules_.push_back({"properties." + std::string{name}, include});
  };
  for (const auto name : excludes) add(name, false);
  for (const auto name : includes) add(name, true);
  fields.rest_ = take_rest;
  if (take_rest) return fields;
  const auto unless_excluded = [&](std::string_view name) {
    if (!contains(excludes, name)) fields.rules_.push_back({std::string{name}, true});
  };
  if (kind == FieldsOf::collection) {
    std::ranges::for_each(collection_identity, unless_excluded);
    if (includes.empty()) std::ranges::for_each(rest_of_collection_default, unless_excluded);
    return fields;
  }
  std::ranges::for_each(identity, unless_excluded);
  if (includes.empty()) std::ranges::for_each(rest_of_default, unless_excluded);
  return fields;
}

Fields Fields::from_list(std::string_view list, Mistakes& mistakes, FieldsOf kind) {
  std::vector<std::string_view> includes, excludes;
  for (std::size_t at = 0; at < list.size();) {
    const auto end = std::min(list.find(',', at), list.size());
    auto name = list.substr(at, end - at);
    at = end + 1;
    if (name.empty()) continue;
    const bool exclude = name.front() == '-';
    // A raw `+` of a query string arrives as a space.
    if (exclude || name.front() == '+' || name.front() == ' ') name.remove_prefix(1);
    (exclude ? excludes : includes).push_back(name);
  }
  return of(kind, includes, excludes, includes.empty() && !excludes.empty(), mistakes);
}

Fields Fields::from_json(const Json& fields, Mistakes& mistakes) {
  std::vector<std::string_view> includes, excludes;
  if (!fields.is_object()) {
    mistakes.add("fields", R"(expected {"include": […], "exclude": […]})");
    return {};
  }
  read_names(fields, "include", mistakes, includes);
  read_names(fields, "exclude", mistakes, excludes);
  return of(FieldsOf::item, includes, excludes, !fields.contains("include") && !excludes.empty(), mistakes);
}

int Fields::select(std::string_view item, int links_at, std::string& out) const {
  std::vector<Below> rules;
  rules.reserve(rules_.size());
  for (const auto& rule : rules_) rules.push_back({rule.path, rule.include});
  Selection selection(item, links_at, out);
  selection.object(rules, rest_);
  selection.expect_end();
  return selection.links_at();
}

}  // namespace hayden::stac
