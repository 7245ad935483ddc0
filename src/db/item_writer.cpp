#include "db/item_writer.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <set>

#include "core/problem.hpp"
#include "db/face_products.hpp"
#include "db/indexed_dataset.hpp"
#include "db/item_codecs.hpp"
#include "db/odc_dataset_sql.hpp"
#include "db/odc_purge.hpp"
#include "db/odc_transaction.hpp"
#include "db/projector.hpp"
#include "odc/dataset.hpp"
#include "odc/item_product.hpp"

namespace hayden::db {
namespace {

using Status = WrittenItem::Status;

/// Another request added one of these Items after they were looked for.
class Overtaken : public std::exception {};

/// An Item that is to be added, and what becomes of it.
struct Draft {
  const NewItem* item = nullptr;
  WrittenItem* written = nullptr;
  std::string unfit;       ///< why it has no face by itself, whatever the index holds
  std::string no_dataset;  ///< why it gets none now

  bool has_dataset() const { return no_dataset.empty(); }
  const odc::ItemFace& face() const { return item->face; }
  const std::string& id() const { return item->document.id; }
};

std::string hex(std::string_view bytes) { return to_hex(bytes).substr(2); }

/// A row for stac.add_items() and stac.replace_item().
std::string item_row(const stac::ItemDocument& item, int collection, const std::string& dataset_id,
                     const ItemEncoder& encoder) {
  Json members{{"collection", collection},
               {"id", item.id},
               {"dataset_id", nullptr},
               {"geometry", nullptr},
               {"datetime", sql_time(item.datetime)},
               {"end_datetime", sql_time(item.end)},
               {"links_at", item.links_at},
               {"etag", item.etag},
               {"content", hex(encoder.encode(item.text))}};
  if (!dataset_id.empty()) members["dataset_id"] = dataset_id;
  if (!item.geometry_wkb.empty()) members["geometry"] = hex(item.geometry_wkb);
  auto row = dump_json(members);
  row.pop_back();
  return row + ",\"properties\":" + item.properties + "}";
}

void settle(RoleTransaction& transaction, const std::vector<std::string>& dataset_ids) {
  if (dataset_ids.empty()) return;
  Sql sql{"select hayden.settle_datasets("};
  transaction.run(sql.bind(sql_array(dataset_ids)).add("::uuid[])"));
}

void require_collection(RoleTransaction& transaction, const std::string& id) {
  Sql sql{"select stac.enter_collection("};
  const auto key = transaction.run(sql.bind(id).add(")")).at(0)[0];
  if (key.is_null()) throw Problem(404, "NotFound", "there is no collection '" + id + "'");
}

/// Writes the drafts of one transaction.
class Adder {
 public:
  Adder(RoleTransaction& transaction, std::string_view role, const FaceProducts& products,
        const ItemEncoder& encoder)
      : transaction_(transaction), role_(role), products_(products), encoder_(encoder) {}

  /// What the database refuses for its content costs only the Item that it is in.
  void write(std::span<Draft* const> drafts) {
    if (drafts.empty()) return;
    transaction_.savepoint();
    try {
      add_datasets(drafts);
      add_items(drafts);
      return;
    } catch (const pqxx::insufficient_privilege&) {
      throw;
    } catch (const pqxx::transaction_rollback&) {
      throw;
    } catch (const pqxx::sql_error& error) {
      const auto refusal = refusal_of(error);
      if (!refusal) throw;
      log_failure(error.what());
      transaction_.rollback_to_savepoint();
      if (drafts.size() == 1) return write_refused(drafts, *refusal);
    }
    write(drafts.first(drafts.size() / 2));
    write(drafts.subspan(drafts.size() / 2));
  }

 private:
  void write_refused(std::span<Draft* const> draft, const std::string& refusal) {
    auto& one = *draft.front();
    if (one.has_dataset()) {
      one.no_dataset = refusal;
      return write(draft);
    }
    one.written->status = Status::failed;
    one.written->fault = "the database refuses it: " + refusal;
  }

  /// Under the caller's role; ids in order, so that requests that add the same do not wait for each other.
  void add_datasets(std::span<Draft* const> drafts) {
    transaction_.become(role_);
    Json rows = Json::array(), lineage = Json::array();
    for (const auto* draft : drafts) {
      if (!draft->has_dataset()) continue;
      const auto& face = draft->face();
      rows.push_back({{"id", face.dataset_id},
                      {"product", products_.id(face.product)},
                      {"type", products_.metadata_type(face.product)},
                      {"document", face.dataset}});
      if (!face.location.empty()) rows.back()["location"] = face.location;
      for (const auto& [classifier, source] : face.sources) {
        lineage.push_back({{"id", face.dataset_id}, {"classifier", classifier}, {"source", source}});
      }
    }
    if (rows.empty()) return;
    Sql sql{"select * from stac.add_datasets("};
    sql.bind(dump_json(rows)).add("::jsonb, ").bind(dump_json(lineage)).add("::jsonb)");
    std::set<std::string> added;
    for (const auto& row : transaction_.run(sql)) added.insert(row[0].c_str());
    for (auto* draft : drafts) {
      const auto& id = draft->face().dataset_id;
      if (draft->has_dataset() && added.erase(id) == 0)
        draft->no_dataset = "the index holds a dataset " + id + " already";
    }
  }

  void add_items(std::span<Draft* const> drafts) {
    transaction_.become("agdc_admin");
    std::string rows = "[";
    std::vector<std::string> settled;
    for (const auto* draft : drafts) {
      if (rows.size() > 1) rows += ',';
      const auto dataset_id = draft->has_dataset() ? draft->face().dataset_id : "";
      rows += item_row(draft->item->document, products_.collection(), dataset_id, encoder_);
      if (draft->has_dataset()) settled.push_back(dataset_id);
    }
    Sql sql{"select (select count(*) from stac.add_items("};
    sql.bind(rows + "]").add("::jsonb)), hayden.settle_datasets(").bind(sql_array(settled)).add("::uuid[])");
    if (transaction_.run(sql).at(0)[0].as<std::size_t>() != drafts.size()) throw Overtaken{};
    for (const auto* draft : drafts) {
      draft->written->status = Status::added;
      draft->written->dataset_id = draft->has_dataset() ? draft->face().dataset_id : "";
      draft->written->no_dataset = draft->no_dataset;
    }
  }

  RoleTransaction& transaction_;
  std::string role_;
  const FaceProducts& products_;
  const ItemEncoder& encoder_;
};

Draft draft_of(const NewItem& item, WrittenItem& written) {
  return {.item = &item, .written = &written, .unfit = item.face.missing, .no_dataset = item.face.missing};
}

/// Whether the product takes the dataset.
void match(Draft& draft, const FaceProducts& products) {
  if (draft.has_dataset()) draft.no_dataset = products.refusal(draft.face());
}

/// As before anything was tried.
void reset(std::span<Draft> drafts) {
  for (auto& draft : drafts) {
    draft.no_dataset = draft.unfit;
    *draft.written = {};
    draft.written->id = draft.id();
  }
}

/// Of Items with one id the first counts; those that are there already are left out.
std::vector<Draft*> fresh_drafts(RoleTransaction& transaction, int collection, std::span<Draft> drafts) {
  std::vector<std::string> ids;
  ids.reserve(drafts.size());
  for (const auto& draft : drafts) ids.push_back(draft.id());
  Sql sql{"select id from stac.item where collection = "};
  sql.bind(std::to_string(collection))
      .add("::int and id in (select v collate \"C\" from jsonb_array_elements_text(");
  std::set<std::string> known;
  for (const auto& row : transaction.run(sql.bind(sql_json_array(ids)).add("::jsonb) v)")))
    known.insert(row[0].c_str());
  std::vector<Draft*> fresh;
  for (auto& draft : drafts) {
    if (known.insert(draft.id()).second) {
      fresh.push_back(&draft);
    } else {
      draft.written->status = Status::exists;
    }
  }
  return fresh;
}

std::vector<Draft*> all_of(std::span<Draft> drafts) {
  std::vector<Draft*> all;
  for (auto& draft : drafts) all.push_back(&draft);
  return all;
}

struct LockedItem {
  int collection = 0;
  std::string dataset_id, etag, content;
};

std::optional<LockedItem> lock_item(RoleTransaction& transaction, const std::string& collection,
                                    const std::string& id) {
  Sql sql{"select collection, dataset_id, etag, content from stac.lock_item("};
  const auto rows = transaction.run(sql.bind(collection).add(", ").bind(id).add(")"));
  if (rows.empty()) return {};
  const auto row = rows[0];
  return LockedItem{row[0].as<int>(), text_or_empty(row[1]), row[2].c_str(),
                    from_hex({row[3].c_str(), row[3].size()})};
}

/// Of those drafts that have another face.
std::set<std::string> product_names(std::span<const Draft> drafts) {
  std::set<std::string> names;
  for (const auto& draft : drafts) {
    if (draft.has_dataset()) names.insert(draft.face().product);
  }
  return names;
}

/// Makes the products that are not there, each of the first of its Items. By itself and before the Items are
/// added: building a product's indexes locks more than they may wait for.
void make_products(Pool& writers, std::string_view role, const std::string& collection,
                   std::span<Draft> drafts, KnownProducts& known_products) {
  under_role(writers, role, [&](RoleTransaction& transaction) {
    auto names = product_names(drafts);
    const FaceProducts known(transaction, collection, names, known_products);
    for (auto& draft : drafts) {
      const auto& face = draft.face();
      if (!draft.has_dataset() || known.knows(face.product) || names.erase(face.product) == 0) continue;
      try {
        const auto product =
            odc::product_of_item(parse_json(draft.item->document.text), face.dataset, face.product);
        make_product(transaction, face.product, product, known.collection());
      } catch (const Problem& problem) {
        draft.unfit = draft.no_dataset = problem.what();
      }
    }
    Projector::project_products(transaction);
    transaction.commit();
  });
}

void remove_row(RoleTransaction& transaction, int collection, const std::string& id) {
  Sql sql{"select stac.remove_item("};
  transaction.run(sql.bind(std::to_string(collection)).add("::int, ").bind(id).add(")"));
}

/// The location and lineage that the Item tells take the place of those it told before.
void change_parts(RoleTransaction& transaction, const IndexedDataset& dataset, const Json& item) {
  if (const auto location = odc::location_of_item(item); !location.empty()) {
    insert_locations(transaction, dataset.id, {location});
  }
  const auto sources = odc::sources_of_item(item);
  if (sources == dataset.sources) return;
  Sql sql{"delete from agdc.dataset_source where dataset_ref = "};
  transaction.run(sql.bind(dataset.id).add("::uuid"));
  insert_sources(transaction, dataset.id, sources);
}

/// An Item that has a dataset takes it along: its document follows from the Item, or it goes.
void replace_both(RoleTransaction& transaction, const LockedItem& locked, const SentItem& sent,
                  const ItemEncoder& encoder, KnownProducts& known, WrittenItem& written) {
  auto datasets = read_datasets(transaction, {locked.dataset_id});
  const auto& dataset = datasets.at(locked.dataset_id);
  odc::ItemFace face;
  face.product = dataset.product;
  face.dataset_id = dataset.id;
  try {
    face.dataset = derived_document(dataset, sent.item);
    face.missing = FaceProducts(transaction, sent.document.collection, {face.product}, known).refusal(face);
  } catch (const Problem& problem) {
    face.missing = problem.what();
  }
  written.no_dataset = face.missing;
  if (face.is_there()) {
    written.dataset_id = dataset.id;
    if (!says_the_same(face.dataset, dataset.document)) {
      Sql sql{"update agdc.dataset set metadata = "};
      transaction.run(
          sql.bind(dump_json(face.dataset)).add("::jsonb where id = ").bind(dataset.id).add("::uuid"));
    }
    change_parts(transaction, dataset, sent.item);
  }
  Sql sql{"select stac.replace_item("};
  sql.bind(item_row(sent.document, locked.collection, written.dataset_id, encoder));
  transaction.run(sql.add("::jsonb)"));
  if (!face.is_there()) purge_datasets(transaction, {dataset.id});
  settle(transaction, {dataset.id});
}

/// An Item that has none is removed and added anew, maybe with one now.
void replace_alone(RoleTransaction& transaction, std::string_view role, const LockedItem& locked,
                   Draft& draft, const FaceProducts& products, const ItemEncoder& encoder) {
  remove_row(transaction, locked.collection, draft.id());
  const std::vector<Draft*> drafts{&draft};
  Adder(transaction, role, products, encoder).write(drafts);
  if (draft.written->status == Status::failed) throw Problem(400, "InvalidItem", draft.written->fault);
  draft.written->status = Status::updated;
}

}  // namespace

/// What is dear to make and can be used again: codecs, each by one request at a time.
class ItemWriter::Codecs {
 public:
  std::unique_ptr<ItemCodecs> take() {
    const std::lock_guard lock(mutex_);
    if (idle_.empty()) return std::make_unique<ItemCodecs>();
    auto codecs = std::move(idle_.back());
    idle_.pop_back();
    return codecs;
  }
  void give_back(std::unique_ptr<ItemCodecs> codecs) {
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(codecs));
  }
  /// Whether so many Items were added to a collection since this process began that a dictionary is worth
  /// another try.
  bool is_training_due(int collection, std::size_t added) {
    const std::lock_guard lock(mutex_);
    auto& [count, next] = added_.try_emplace(collection, 0, fewest_training_items).first->second;
    count += added;
    if (count < next) return false;
    next = 2 * count;
    return true;
  }

 private:
  std::mutex mutex_;
  std::vector<std::unique_ptr<ItemCodecs>> idle_;
  std::map<int, std::pair<std::size_t, std::size_t>> added_;
};

namespace {

/// Trains a dictionary of what is stored; in a transaction of its own, as it locks the collection. The Items
/// are there without it, so a failure is no one's loss.
void train(Pool& writers, ItemCodecs& codecs, int collection) try {
  with_connection(writers, false, [&](Connection& connection) {
    RoleTransaction transaction(connection, "agdc_admin");
    codecs.forget();
    if (codecs.has_dictionary(transaction, collection)) return;
    Sql sql{"select content from stac.item where collection = "};
    constexpr std::size_t samples = 4 * fewest_training_items;
    sql.bind(std::to_string(collection)).add("::int limit " + std::to_string(samples));
    std::vector<std::string> texts;
    for (const auto& row : transaction.run(sql)) {
      texts.push_back(codecs.decode(transaction, from_hex({row[0].c_str(), row[0].size()})));
    }
    if (texts.size() < fewest_training_items) return;
    codecs.train(transaction, collection, texts);
    transaction.commit();
  });
} catch (const std::exception& error) {
  codecs.forget();
  spdlog::warn("no dictionary is trained: {}", error.what());
}

}  // namespace

ItemWriter::ItemWriter(Pool& writers)
    : writers_(writers),
      codecs_(std::make_unique<Codecs>()),
      known_products_(std::make_unique<KnownProducts>()) {}
ItemWriter::~ItemWriter() = default;

std::vector<WrittenItem> ItemWriter::add(std::string_view role, const std::string& collection,
                                         std::span<const NewItem> items, bool atomic) {
  std::vector<WrittenItem> written(items.size());
  std::vector<Draft> drafts;
  drafts.reserve(items.size());
  for (std::size_t i = 0; i < items.size(); ++i) drafts.push_back(draft_of(items[i], written[i]));
  auto codecs = codecs_->take();
  int key = 0;
  // A single Item is looked for only once it turns out to be there.
  bool may_be_there = drafts.size() > 1;
  const auto try_to_add = [&](bool products_are_made) {
    return under_role(writers_, role, [&](RoleTransaction& transaction) {
      reset(drafts);
      const FaceProducts products(transaction, collection, product_names(drafts), *known_products_);
      key = products.collection();
      if (!products_are_made && !products.know_all(product_names(drafts))) return false;
      auto fresh = may_be_there ? fresh_drafts(transaction, key, drafts) : all_of(drafts);
      if (atomic && fresh.size() < drafts.size()) return true;
      for (auto* draft : fresh) match(*draft, products);
      Adder(transaction, role, products, codecs->encoder(transaction, key)).write(fresh);
      const auto failed = [](const WrittenItem& one) { return one.status == Status::failed; };
      if (!atomic || std::ranges::none_of(written, failed)) transaction.commit();
      return true;
    });
  };
  for (int attempt = 1;; ++attempt) {
    try {
      if (!try_to_add(false)) {
        make_products(writers_, role, collection, drafts, *known_products_);
        try_to_add(true);
      }
      break;
    } catch (const Overtaken&) {
      may_be_there = true;
      constexpr int most_attempts = 3;
      if (attempt == most_attempts) {
        throw Problem(409, "Conflict", "other requests add the same Items at this moment; try again");
      }
    }
  }
  const auto added =
      static_cast<std::size_t>(std::ranges::count(written, Status::added, &WrittenItem::status));
  if (codecs->known_encoder(key) == nullptr && codecs_->is_training_due(key, added)) {
    train(writers_, *codecs, key);
  }
  codecs_->give_back(std::move(codecs));
  return written;
}

WrittenItem ItemWriter::change(std::string_view role, const std::string& collection, const std::string& id,
                               const Precondition& precondition, const ItemChange& change) {
  auto codecs = codecs_->take();
  WrittenItem written;
  SentItem sent;
  NewItem alone;
  std::vector<Draft> drafts(1);
  auto& draft = drafts.front();
  const auto try_to_change = [&](bool products_are_made) {
    return under_role(writers_, role, [&](RoleTransaction& transaction) {
      const auto locked = lock_item(transaction, collection, id);
      precondition(locked ? std::optional{locked->etag} : std::nullopt);
      if (!locked) {
        require_collection(transaction, collection);
        throw Problem(404, "NotFound", "there is no item '" + id + "' in collection '" + collection + "'");
      }
      sent = change(codecs->decode(transaction, locked->content));
      written = {.id = id, .status = Status::updated, .fault = {}, .dataset_id = {}, .no_dataset = {}};
      const auto& encoder = codecs->encoder(transaction, locked->collection);
      if (!locked->dataset_id.empty()) {
        replace_both(transaction, *locked, sent, encoder, *known_products_, written);
      } else {
        // What kept the product from being made keeps it from this Item too.
        const auto unfit = products_are_made ? draft.unfit : std::string{};
        alone = {std::move(sent.document), odc::face_of(sent.item)};
        draft = draft_of(alone, written);
        if (draft.has_dataset() && !unfit.empty()) draft.unfit = draft.no_dataset = unfit;
        const FaceProducts products(transaction, collection, product_names(drafts), *known_products_);
        if (!products_are_made && !products.know_all(product_names(drafts))) return false;
        match(draft, products);
        replace_alone(transaction, role, *locked, draft, products, encoder);
      }
      transaction.commit();
      return true;
    });
  };
  if (!try_to_change(false)) {
    make_products(writers_, role, collection, drafts, *known_products_);
    try_to_change(true);
  }
  codecs_->give_back(std::move(codecs));
  return written;
}

bool ItemWriter::remove(std::string_view role, const std::string& collection, const std::string& id,
                        const Precondition& precondition) {
  return under_role(writers_, role, [&](RoleTransaction& transaction) {
    const auto locked = lock_item(transaction, collection, id);
    precondition(locked ? std::optional{locked->etag} : std::nullopt);
    if (!locked) {
      require_collection(transaction, collection);
      return false;
    }
    if (!locked->dataset_id.empty()) purge_datasets(transaction, {locked->dataset_id});
    remove_row(transaction, locked->collection, id);
    if (!locked->dataset_id.empty()) settle(transaction, {locked->dataset_id});
    transaction.commit();
    return true;
  });
}

}  // namespace hayden::db
