#include "db/scene_writer.hpp"

#include <optional>
#include <tuple>
#include <utility>

#include "core/problem.hpp"
#include "db/connection.hpp"
#include "db/item_codecs.hpp"
#include "db/role_transaction.hpp"

namespace hayden::db {
namespace {

const std::vector<std::string> stage_columns{
    "source",  "key",      "mark",     "product",      "dataset_id", "dataset", "location", "collection",
    "item_id", "geometry", "datetime", "end_datetime", "properties", "content", "links_at", "etag"};

// A session keeps its plans, those of foreign keys and functions, too: one made while the tables are empty
// would read all of them for each scene that follows.
constexpr auto no_scans = "set local enable_seqscan = off";

// A document is replaced only when it has changed, so that a second harvest writes nothing, and never by one
// that was processed earlier. What was archived stays so.
constexpr auto write_datasets = R"(
  insert into agdc.dataset as d (id, metadata_type_ref, dataset_type_ref, metadata)
  select distinct on (s.dataset_id) s.dataset_id, t.metadata_type_ref, t.id, s.dataset
  from pg_temp.staged_scene s join agdc.dataset_type t on t.name = s.product
  order by s.dataset_id, s.properties ->> 'created' desc
  on conflict (id) do update set metadata = excluded.metadata
  where d.metadata <> excluded.metadata
    and coalesce(d.metadata #>> '{properties,odc:processing_datetime}', '')
        <= coalesce(excluded.metadata #>> '{properties,odc:processing_datetime}', ''))";

constexpr auto write_locations = R"(
  insert into agdc.dataset_location (dataset_ref, uri_scheme, uri_body)
  select distinct dataset_id, split_part(location, ':', 1), substr(location, strpos(location, ':') + 1)
  from pg_temp.staged_scene
  where dataset_id is not null
  on conflict (uri_scheme, uri_body, dataset_ref) do nothing)";

std::optional<std::string> unless_empty(const std::string& text) {
  return text.empty() ? std::optional<std::string>{} : text;
}

std::optional<std::string> hex_unless_empty(const std::string& bytes) {
  return bytes.empty() ? std::optional<std::string>{} : to_hex(bytes);
}

}  // namespace

SceneWriter::SceneWriter(Pool& writers) : writers_(writers), codecs_(std::make_unique<ItemCodecs>()) {}
SceneWriter::~SceneWriter() = default;

void SceneWriter::ensure_collection(const std::string& id, const Json& collection) {
  const auto text = dump_json(collection);
  collection_keys_[id] = with_connection(writers_, false, [&](Connection& connection) {
    RoleTransaction transaction{connection, "agdc_admin"};
    Sql ensure{"select stac.ensure_collection("};
    ensure.bind(id).add(", ").bind(text).add(", md5(").bind(text).add("::text))");
    const auto key = transaction.run(ensure).at(0)[0].as<int>();
    transaction.commit();
    return key;
  });
}

void SceneWriter::ensure_product(const std::string& name, const Json& definition,
                                 const std::string& collection_id) {
  const auto key = collection_key(collection_id);
  with_connection(writers_, false, [&](Connection& connection) {
    RoleTransaction transaction{connection, "agdc_admin"};
    Sql product{"insert into agdc.dataset_type (name, metadata, metadata_type_ref, definition) select "};
    product.bind(name).add(", ").bind(dump_json(definition.at("metadata"))).add("::jsonb, m.id, ");
    product.bind(dump_json(definition)).add("::jsonb from agdc.metadata_type m where m.name = ");
    product.bind(definition.at("metadata_type").get<std::string>()).add(" on conflict (name) do nothing");
    transaction.run(product);
    Sql link{"select stac.link_product("};
    transaction.run(link.bind(std::to_string(key)).add("::int, ").bind(name).add(")"));
    transaction.commit();
  });
}

int SceneWriter::collection_key(const std::string& id) const {
  const auto found = collection_keys_.find(id);
  if (found == collection_keys_.end())
    throw Problem(404, "NotFound", "collection '" + id + "' does not exist");
  return found->second;
}

/// In a transaction of its own: it locks the collection.
void SceneWriter::give_dictionary(const std::string& collection_id, std::span<const std::string> samples) {
  const auto key = collection_key(collection_id);
  with_connection(writers_, false, [&](Connection& connection) {
    RoleTransaction transaction{connection, "agdc_admin"};
    if (codecs_->has_dictionary(transaction, key)) return;
    codecs_->train(transaction, key, samples);
    transaction.commit();
  });
}

PreparedScene SceneWriter::prepare(SceneRow scene) const {
  PreparedScene made{std::move(scene.source),   std::move(scene.key),           std::move(scene.mark),
                     std::move(scene.product),  std::move(scene.dataset_id),    {},
                     std::move(scene.location), stac::prepare_item(scene.item), {}};
  if (!made.product.empty()) made.dataset = dump_json(scene.dataset);
  ItemEncoder encoder;
  {
    const std::shared_lock lock(shared_mutex_);
    const auto found = shared_encoders_.find(made.document.collection);
    if (found == shared_encoders_.end()) return made;
    encoder = found->second;
  }
  made.frame = encoder.encode(made.document.text);
  made.document.text.clear();
  made.document.text.shrink_to_fit();
  return made;
}

// Once a collection has a dictionary, its Items are compressed by those who prepare them.
void SceneWriter::share_encoders() {
  for (const auto& [id, key] : collection_keys_) {
    const auto* const encoder = codecs_->known_encoder(key);
    if (encoder == nullptr) continue;
    const std::unique_lock lock(shared_mutex_);
    shared_encoders_.emplace(id, *encoder);
  }
}

WriteReport SceneWriter::write(std::span<const SceneRow> scenes, std::span<const Sql> within) {
  std::vector<PreparedScene> prepared;
  prepared.reserve(scenes.size());
  for (const auto& scene : scenes) prepared.push_back(prepare(scene));
  return write(prepared, within);
}

WriteReport SceneWriter::write(std::span<const PreparedScene> scenes, std::span<const Sql> within) {
  std::map<std::string, std::vector<std::string>> samples;
  for (const auto& scene : scenes) {
    auto& texts = samples[scene.document.collection];
    const auto key = collection_key(scene.document.collection);
    if (scene.frame.empty() && codecs_->known_encoder(key) == nullptr) texts.push_back(scene.document.text);
  }
  for (const auto& [id, texts] : samples) {
    if (texts.size() >= fewest_training_items) give_dictionary(id, texts);
  }

  return with_connection(writers_, false, [&](Connection& connection) {
    RoleTransaction transaction{connection, "agdc_admin"};
    // While the stage is filled the connection takes no questions.
    for (const auto& [id, texts] : samples) codecs_->encoder(transaction, collection_key(id));
    share_encoders();
    transaction.raw().exec(no_scans);
    transaction.raw().exec("select hayden.open_stage()");
    pqxx::stream_to stage{transaction.raw(), "staged_scene", stage_columns};
    for (const auto& scene : scenes) {
      const auto& document = scene.document;
      const auto key = collection_key(document.collection);
      const auto frame =
          scene.frame.empty() ? codecs_->encoder(transaction, key).encode(document.text) : scene.frame;
      stage << std::make_tuple(
          scene.source, scene.key, scene.mark, scene.product, unless_empty(scene.dataset_id),
          unless_empty(scene.dataset), unless_empty(scene.location), key, document.id,
          hex_unless_empty(document.geometry_wkb), sql_time(document.datetime), sql_time(document.end),
          document.properties, to_hex(frame), document.links_at, document.etag);
    }
    stage.complete();
    transaction.raw().exec(write_datasets);
    transaction.raw().exec(write_locations);
    const auto counts =
        transaction.run(Sql{"select added, changed, unchanged from stac.write_staged()"}).at(0);
    transaction.raw().exec("select hayden.mark_staged()");
    for (const auto& statement : within) transaction.run(statement);
    transaction.commit();
    return WriteReport{counts[0].as<std::int64_t>(), counts[1].as<std::int64_t>(),
                       counts[2].as<std::int64_t>()};
  });
}

void SceneWriter::record_failures(const std::string& source, std::span<const HarvestFailure> failures) {
  with_connection(writers_, false, [&](Connection& connection) {
    RoleTransaction transaction{connection, "agdc_admin"};
    for (const auto& failure : failures) {
      Sql sql{"select hayden.record_failure("};
      sql.bind(source).add(", ").bind(failure.key).add(", ").bind(failure.mark).add(", ").bind(failure.stage);
      sql.add(", ").bind(failure.reason).add(", ").bind(to_hex(failure.bytes)).add("::bytea)");
      transaction.run(sql);
    }
    transaction.commit();
  });
}

std::map<std::string, std::string> SceneWriter::known_marks(const std::string& source,
                                                            std::span<const std::string> keys) {
  return with_connection(writers_, true, [&](Connection& connection) {
    RoleTransaction transaction{connection, "agdc_admin"};
    Sql sql{"select key, mark from hayden.known_marks("};
    sql.bind(source).add(", ").bind(sql_json_array({keys.begin(), keys.end()})).add("::jsonb)");
    std::map<std::string, std::string> marks;
    for (const auto& row : transaction.run(sql)) marks.emplace(row[0].c_str(), row[1].c_str());
    return marks;
  });
}

}  // namespace hayden::db
