#include "odc/changes.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <string_view>

#include "odc/same.hpp"

namespace hayden::odc {
namespace {

using Path = std::vector<std::string>;

/// A difference with both sides where they are; a null is there, an absent member is not.
struct Difference {
  Path path;
  const Json* before;
  const Json* after;
};

/// datacube takes the shorter of two lists to go on with nulls, so nothing is ever added to or left out of
/// one.
const Json past_the_end;

using Members = std::map<std::string, std::pair<const Json*, const Json*>>;

Members members_of(const Json& before, const Json& after) {
  Members members;
  for (const auto& [key, value] : before.items()) members[key].first = &value;
  for (const auto& [key, value] : after.items()) members[key].second = &value;
  return members;
}

void compare(const Json* before, const Json* after, Path& path, std::vector<Difference>& out);

void compare_at(std::string key, const Json* before, const Json* after, Path& path,
                std::vector<Difference>& out) {
  path.push_back(std::move(key));
  compare(before, after, path, out);
  path.pop_back();
}

void compare(const Json* before, const Json* after, Path& path, std::vector<Difference>& out) {
  const bool are_there = before != nullptr && after != nullptr;
  if (are_there && before->is_object() && after->is_object()) {
    for (const auto& [key, sides] : members_of(*before, *after)) {
      compare_at(key, sides.first, sides.second, path, out);
    }
  } else if (are_there && before->is_array() && after->is_array()) {
    const auto at = [](const Json& list, std::size_t i) {
      return i < list.size() ? &list[i] : &past_the_end;
    };
    for (std::size_t i = 0; i < std::max(before->size(), after->size()); ++i) {
      compare_at(std::to_string(i), at(*before, i), at(*after, i), path, out);
    }
  } else if (!are_there || !same(*before, *after)) {
    out.push_back({path, before, after});
  }
}

/// What may change at a path and, where nothing nearer says otherwise, below it.
enum class Allowance { any, new_members, fewer_members, removal };
using Allowances = std::map<Path, Allowance>;

bool permits(Allowance allowance, bool is_at, bool is_member, const Difference& difference) {
  switch (allowance) {
    case Allowance::any:
      return true;
    case Allowance::new_members:
      return is_member && difference.before == nullptr;
    case Allowance::fewer_members:
      return is_member && difference.after == nullptr;
    case Allowance::removal:
      return is_at && difference.after == nullptr;
  }
  return false;
}

/// The allowance nearest above the difference decides.
bool is_safe(const Difference& difference, const Allowances& allowances) {
  for (std::size_t size = difference.path.size() + 1; size-- > 0;) {
    const auto end = difference.path.begin() + static_cast<std::ptrdiff_t>(size);
    const auto allowance = allowances.find(Path(difference.path.begin(), end));
    if (allowance == allowances.end()) continue;
    return permits(allowance->second, size == difference.path.size(), size + 1 == difference.path.size(),
                   difference);
  }
  return false;
}

std::string joined(const Path& path) {
  std::string text;
  for (const auto& key : path) {
    if (!text.empty()) text += '.';
    text += key;
  }
  return text;
}

Path split(std::string_view text) {
  Path path;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find('.', begin), text.size());
    path.emplace_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return path;
}

std::vector<Change> changes(const Json& before, const Json& after, const Allowances& allowances) {
  std::vector<Difference> differences;
  Path path;
  compare(&before, &after, path, differences);
  std::vector<Change> out;
  out.reserve(differences.size());
  for (const auto& difference : differences) {
    const auto side = [](const Json* json) { return json == nullptr ? Json() : *json; };
    out.push_back({joined(difference.path), side(difference.before), side(difference.after),
                   is_safe(difference, allowances)});
  }
  return out;
}

}  // namespace

std::vector<Change> metadata_type_changes(const Json& before, const Json& after) {
  static const Allowances allowances = {{{"description"}, Allowance::any},
                                        {{"dataset"}, Allowance::new_members},
                                        {{"dataset", "search_fields"}, Allowance::new_members}};
  return changes(before, after, allowances);
}

std::vector<Change> product_changes(const Json& before, const Json& after) {
  static const Allowances allowances = {{{"description"}, Allowance::any},
                                        {{"license"}, Allowance::any},
                                        {{"metadata_type"}, Allowance::any},
                                        {{"metadata"}, Allowance::fewer_members},
                                        {{"storage", "chunking"}, Allowance::removal},
                                        {{"storage", "driver"}, Allowance::removal},
                                        {{"storage", "dimension_order"}, Allowance::removal}};
  return changes(before, after, allowances);
}

std::vector<Change> dataset_changes(const Json& before, const Json& after,
                                    const std::vector<std::string>& allowed) {
  Allowances allowances = {{{}, Allowance::new_members}};
  for (const auto& path : allowed) allowances[split(path)] = Allowance::any;
  return changes(before, after, allowances);
}

}  // namespace hayden::odc
