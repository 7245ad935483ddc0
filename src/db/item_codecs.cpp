#include "db/item_codecs.hpp"

#include <algorithm>

namespace hayden::db {
namespace {

/// Dictionaries are trained on at most this many Items: more make them no better and take long.
constexpr std::size_t most_training_items = 300;

std::string bytes_of(const pqxx::field& field) { return from_hex({field.c_str(), field.size()}); }

}  // namespace

ItemCodecs::Entry& ItemCodecs::entry(RoleTransaction& transaction, int collection) {
  const auto known = encoders_.find(collection);
  if (known != encoders_.end()) return known->second;
  Sql sql{
      "select d.bytes from stac.collection c join stac.dictionary d on d.id = c.dictionary where c.key = "};
  const auto rows = transaction.run(sql.bind(std::to_string(collection)).add("::int"));
  auto& made = encoders_[collection];
  if (!rows.empty()) made = {true, ItemEncoder{bytes_of(rows[0][0])}};
  return made;
}

const ItemEncoder& ItemCodecs::encoder(RoleTransaction& transaction, int collection) {
  return entry(transaction, collection).encoder;
}

bool ItemCodecs::has_dictionary(RoleTransaction& transaction, int collection) {
  return entry(transaction, collection).has_dictionary;
}

const ItemEncoder* ItemCodecs::known_encoder(int collection) const {
  const auto known = encoders_.find(collection);
  return known != encoders_.end() && known->second.has_dictionary ? &known->second.encoder : nullptr;
}

void ItemCodecs::train(RoleTransaction& transaction, int collection, std::span<const std::string> samples) {
  const auto id = transaction.run(Sql{"select nextval('stac.dictionary_id')"}).at(0)[0].as<std::uint32_t>();
  const auto trained = train_dictionary(samples.first(std::min(samples.size(), most_training_items)), id);
  if (trained.empty()) return;
  Sql adopt{"select stac.adopt_dictionary("};
  adopt.bind(std::to_string(collection)).add("::int, ").bind(std::to_string(id)).add("::int, ");
  transaction.run(adopt.bind(to_hex(trained)).add("::bytea)"));
  encoders_.erase(collection);
}

std::string ItemCodecs::decode(RoleTransaction& transaction, std::string_view frame) {
  if (!decoder_.knows_dictionary_of(frame)) {
    const auto id = ItemDecoder::dictionary_id(frame);
    Sql sql{"select bytes from stac.dictionary where id = "};
    const auto rows = transaction.run(sql.bind(std::to_string(id)).add("::bigint"));
    if (!rows.empty()) decoder_.add_dictionary(id, bytes_of(rows[0][0]));
  }
  std::string text;
  decoder_.decode(frame, text);
  return text;
}

}  // namespace hayden::db
