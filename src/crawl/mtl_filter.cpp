#include "crawl/mtl_filter.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <map>

#include "crawl/listing.hpp"
#include "crawl/product_name.hpp"

namespace hayden::crawl {
namespace {

/// A scene has at most some 60 files; a folder with more is no scene's, and what is beyond is not remembered.
constexpr std::size_t most_files = 4096;

std::size_t folder_size(std::string_view key) { return key.rfind('/') + 1; }

bool ends_with_in_any_case(std::string_view text, std::string_view ending) {
  return text.size() >= ending.size() &&
         std::equal(ending.rbegin(), ending.rend(), text.rbegin(),
                    [](unsigned char a, unsigned char b) { return std::tolower(a) == std::tolower(b); });
}

/// Which of a scene's metadata objects is read: that of the lowest rank.
int rank(std::string_view key) {
  for (int place = 1; const std::string_view ending : {"_MTL.json", "_MTL.txt", "_MTL.xml"}) {
    if (ends_with_in_any_case(key, ending)) return place;
    ++place;
  }
  return 0;
}

/// FNV-1a over texts, told apart by their ends.
class Fingerprint {
 public:
  Fingerprint& add(std::string_view text) {
    for (const char byte : text) mix(static_cast<unsigned char>(byte));
    mix(0);
    return *this;
  }
  std::uint64_t value() const { return value_; }

 private:
  void mix(std::uint64_t byte) { value_ = (value_ ^ byte) * 0x100000001B3U; }
  std::uint64_t value_ = 0xCBF29CE484222325U;
};

constexpr std::size_t fingerprint_digits = 16;

/// Up to the end of the topmost folder that has the name of a product; 0 when none has.
std::size_t scene_folder_size(std::string_view key) {
  const auto folder = folder_size(key);
  for (std::size_t start = 0; start < folder;) {
    const auto end = key.find('/', start) + 1;
    if (!product_part(key.substr(start, end - 1 - start)).empty()) return end;
    start = end;
  }
  return 0;
}

/// The ends of the names whose content, not only whose size, makes the Item.
bool tells_footprint(std::string_view key) {
  return key.ends_with("_ANG.txt") || key.ends_with("_stac.json");
}

}  // namespace

std::optional<std::string_view> mtl_stem(std::string_view key) {
  const auto folder = folder_size(key);
  const auto file = key.substr(folder);
  for (const std::string_view ending : {"_MTL.json", "_MTL.txt", "_MTL.xml"}) {
    if (file.size() > ending.size() && ends_with_in_any_case(file, ending))
      return key.substr(0, key.size() - ending.size());
  }
  if (!file.ends_with(".xml") || file.find('.') != file.size() - 4) return {};
  const auto stem = file.substr(0, file.size() - 4);
  // `LC08_…_01_A2`, `LC08_CU_027009_20130701_20200101_C01_V01`: the product's own file, not one of its parts.
  const auto name = parse_product_name(stem);
  const auto last = stem.substr(stem.rfind('_') + 1);
  const bool is_product = name && (name->level.empty() || last == name->tier);
  if (!is_product && tile_name(stem).size() != stem.size()) return {};
  return key.substr(0, folder + stem.size());
}

std::string_view scene_prefix(std::string_view key) {
  if (const auto size = scene_folder_size(key); size > 0) return key.substr(0, size);
  const auto folder = folder_size(key);
  const auto file = key.substr(folder);
  const auto product = product_part(file);
  if (!product.empty()) return key.substr(0, folder + product.size());
  const auto end = std::min(file.rfind('_'), file.rfind('.'));
  return key.substr(0, end == 0 || end == std::string_view::npos ? key.size() : folder + end);
}

bool belongs_to_scene(std::string_view folder) { return scene_folder_size(folder) > 0; }

const Object* ListedScene::neighbour(std::string_view ending) const {
  const auto stem = mtl_stem(metadata.key).value_or(metadata.key);
  const auto found = std::find_if(beside.begin(), beside.end(), [&](const Object& object) {
    const std::string_view key = object.key;
    return key.size() == stem.size() + ending.size() && key.starts_with(stem) && key.ends_with(ending);
  });
  return found == beside.end() ? nullptr : &*found;
}

std::string ListedScene::mark_with(const std::string& metadata_mark) const {
  if (!whole || beside.empty()) return metadata_mark;
  Fingerprint files;
  for (const auto& object : beside) {
    files.add(std::string_view{object.key}.substr(folder_size(object.key))).add(std::to_string(object.size));
    if (tells_footprint(object.key)) files.add(object.mark);
  }
  return fmt::format("{} {:0{}x}", metadata_mark, files.value(), fingerprint_digits);
}

std::string_view metadata_mark(std::string_view scene_mark) {
  const auto blank = scene_mark.rfind(' ');
  return blank != std::string_view::npos && scene_mark.size() - blank == fingerprint_digits + 1
             ? scene_mark.substr(0, blank)
             : scene_mark;
}

std::vector<ListedScene> MtlFilter::choose(Page& page) {
  std::vector<ListedScene> complete;
  auto& objects = page.objects;
  const auto by_key = [](const Object& a, const Object& b) { return a.key < b.key; };
  if (!std::is_sorted(objects.begin(), objects.end(), by_key))
    std::sort(objects.begin(), objects.end(), by_key);
  given_before_ = std::exchange(given_, {});
  for (auto& object : objects) add(std::move(object), page, complete);
  objects.clear();
  if (page.last && open_) {
    if (!page.covers || end_of_prefix(open_->prefix) > page.covers->until) open_->whole = false;
    close(complete);
  }
  return complete;
}

bool MtlFilter::Run::holds(std::string_view key) const {
  if (prefix.ends_with('/')) return key.starts_with(prefix);
  return scene_prefix(key) == prefix;
}

void MtlFilter::add(Object object, const Page& page, std::vector<ListedScene>& complete) {
  if (open_ && !open_->holds(object.key)) close(complete);
  if (!open_) {
    open_ = Run{std::string{scene_prefix(object.key)}, {}, true};
    // What came before the first key of the run may have been of the same scene.
    if (last_key_.empty() && page.covers && open_->prefix <= page.covers->after) open_->whole = false;
    if (!last_key_.empty()) settled_ = last_key_;
  }
  if (!page.covers) open_->whole = false;
  if (object.key == last_key_) return;  // listed twice
  last_key_ = object.key;
  if (open_->objects.size() < most_files || mtl_stem(object.key)) open_->objects.push_back(std::move(object));
}

void MtlFilter::close(std::vector<ListedScene>& complete) {
  auto& objects = open_->objects;
  std::map<std::string_view, const Object*> chosen;
  for (const auto& object : objects) {
    const auto stem = mtl_stem(object.key);
    if (!stem) continue;
    const auto [at, is_new] = chosen.emplace(*stem, &object);
    if (!is_new && rank(object.key) < rank(at->second->key)) at->second = &object;
  }
  for (const auto& [stem, metadata] : chosen) {
    if (given_before_.contains(stem) || !given_.emplace(stem).second) continue;
    ListedScene scene{*metadata, {}, open_->whole};
    const auto folder = std::string_view{metadata->key}.substr(0, folder_size(metadata->key));
    scene.beside.reserve(objects.size());
    for (const auto& object : objects) {
      if (&object != metadata && object.key.starts_with(folder) && folder_size(object.key) == folder.size())
        scene.beside.push_back(object);
    }
    complete.push_back(std::move(scene));
  }
  open_.reset();
}

}  // namespace hayden::crawl
