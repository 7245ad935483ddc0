#pragma once
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "crawl/object_store.hpp"

namespace hayden::crawl {

/// The name of the scene whose metadata a key holds: `…/LC08_…` for `…/LC08_…_MTL.json`, `_MTL.txt`,
/// `_MTL.xml` (in any case), and for `…/LC08_….xml` (ESPA and ARD). Nothing for any other key.
std::optional<std::string_view> mtl_stem(std::string_view key);

/// What all keys of the files of a scene begin with, none of another's: its folder where that has the name of
/// a product (`…/LC08_…_T1/`), else the name that its files share (`…/LC08_…_T1`).
std::string_view scene_prefix(std::string_view key);
/// Whether a folder (`a/b/`) is that of a scene or lies in one, so that keys before and behind what is in it
/// may be of one scene.
bool belongs_to_scene(std::string_view folder);

struct Page;

/// A scene as it was listed.
struct ListedScene {
  Object metadata;             ///< to be read
  std::vector<Object> beside;  ///< the other files of the scene in the same folder
  bool whole = false;          ///< whether it is certain that these are all of them

  /// The object of that ending behind the scene's name, `_ANG.txt`; nothing when it was not listed.
  const Object* neighbour(std::string_view ending) const;
  /// Changes when one of its files does; only that of the metadata when it is not known what lies beside.
  std::string mark() const { return mark_with(metadata.mark); }
  /// The same where the metadata has been read since it was listed.
  std::string mark_with(const std::string& metadata_mark) const;
};
/// Of a scene's mark, that of its metadata.
std::string_view metadata_mark(std::string_view scene_mark);

/// Gathers the files of each scene from the pages of a run of keys, and chooses the one metadata object to
/// read: a product's own XML, else MTL as JSON, text, XML. A scene is given once the run has gone on to
/// another, so that it does not matter where a page ends. Where keys come out of order the files of a scene
/// may be up to one page apart; nothing older is remembered.
class MtlFilter {
 public:
  /// The scenes that are complete with the next page, in the order of their keys. Takes the page's objects.
  std::vector<ListedScene> choose(Page& page);
  /// The last key of what has been given or passed over: a listing may go on behind it. Nothing when there is
  /// no such key yet.
  const std::optional<std::string>& settled() const { return settled_; }

 private:
  struct Run {
    std::string prefix;
    std::vector<Object> objects;
    bool whole = true;

    bool holds(std::string_view key) const;
  };
  void add(Object object, const Page& page, std::vector<ListedScene>& complete);
  void close(std::vector<ListedScene>& complete);

  std::optional<Run> open_;
  std::string last_key_;
  std::optional<std::string> settled_;
  std::set<std::string, std::less<>> given_, given_before_;  // stems of this page and of the one before
};

}  // namespace hayden::crawl
