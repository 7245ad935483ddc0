#include "odc/lineage.hpp"

#include "odc/documents.hpp"

namespace hayden::odc {
namespace {

class Reader {
 public:
  using Faults = std::vector<std::pair<std::string, std::string>>;

  explicit Reader(Faults* faults) : faults_(faults) {}

  std::vector<Source> read(const Json& lineage) {
    if (!lineage.is_object()) {
      fault("lineage", "must be an object of classifiers, each with a list of dataset ids");
      return {};
    }
    for (const auto& [classifier, ids] : lineage.items()) {
      if (classifier == "source_datasets" && ids.is_object()) {
        read_stored(ids);
      } else {
        read_list(classifier, ids);
      }
    }
    return std::move(sources_);
  }

 private:
  void fault(const std::string& path, const std::string& what) {
    if (faults_ != nullptr) faults_->emplace_back(path, what);
  }

  void read_list(const std::string& classifier, const Json& ids) {
    const std::string path = "lineage." + classifier;
    if (!ids.is_array()) {
      fault(path, "must be a list of dataset ids; embedded documents are not EO3");
      return;
    }
    for (std::size_t i = 0; i < ids.size(); ++i) {
      const std::string name = ids.size() == 1 ? classifier : classifier + std::to_string(i + 1);
      add(name, ids[i], path + '[' + std::to_string(i) + ']');
    }
  }

  /// As `datacube dataset info --show-sources` and stored documents have it.
  void read_stored(const Json& sources) {
    for (const auto& [classifier, source] : sources.items()) {
      const bool has_id = source.is_object() && source.contains("id");
      add(classifier, has_id ? source["id"] : source, "lineage.source_datasets." + classifier);
    }
  }

  void add(const std::string& classifier, const Json& id, const std::string& path) {
    const auto uuid = id.is_string() ? canonical_uuid(id.get_ref<const std::string&>()) : std::nullopt;
    if (uuid) {
      sources_.push_back({classifier, *uuid, path});
    } else {
      fault(path, "must be the UUID of a dataset");
    }
  }

  Faults* faults_;
  std::vector<Source> sources_;
};

}  // namespace

std::vector<Source> named_sources(const Json& document,
                                  std::vector<std::pair<std::string, std::string>>* faults) {
  const auto lineage = document.find("lineage");
  if (lineage == document.end() || lineage->is_null()) return {};
  return Reader(faults).read(*lineage);
}

std::map<std::string, std::string> sources_of(const Json& document) {
  std::map<std::string, std::string> sources;
  for (auto& source : named_sources(document))
    sources.emplace(std::move(source.classifier), std::move(source.id));
  return sources;
}

}  // namespace hayden::odc
