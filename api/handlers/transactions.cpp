#include <algorithm>
#include <functional>
#include <optional>
#include <span>

#include "api/etag.hpp"
#include "api/handlers/transactions.hpp"
#include "api/item_page.hpp"
#include "api/odc/input.hpp"
#include "api/odc/output.hpp"
#include "api/sent_back.hpp"
#include "api/sent_items.hpp"
#include "core/problem.hpp"
#include "db/collection_writer.hpp"
#include "db/item_writer.hpp"
#include "http/encoding.hpp"
#include "stac/sent_document.hpp"

namespace hayden::api::handlers {
namespace {

using Status = db::WrittenItem::Status;

db::ItemWriter& item_writer_of(const Services& services) {
  writers_of(services);
  return *services.item_writer;
}

/// RFC 9110 §13.1: If-Match and If-None-Match of a request that writes.
db::Precondition precondition_of(const Call& call, const Services& services) {
  return [&call, &services](const std::optional<std::string>& stored) {
    const auto matches = [&](std::string_view header) {
      return stored && http::etag_matches(document_tags(header), document_etag(call, services, *stored));
    };
    const auto expected = call.request.header("If-Match"), unexpected = call.request.header("If-None-Match");
    if (expected && !matches(*expected)) {
      throw Problem(
          412, "PreconditionFailed",
          stored ? "it is another now than the one of If-Match" : "there is none for If-Match to meet");
    }
    if (unexpected && matches(*unexpected)) {
      throw Problem(412, "PreconditionFailed", "it is the one of If-None-Match");
    }
  };
}

http::Response done() {
  http::Response response;
  response.status = 204;
  return response;
}

http::Response changed(const Call& call, const Services& services, const std::string& stored_etag) {
  return std::move(done().set("ETag", document_etag(call, services, stored_etag)));
}

/// Of Items that are sent; with the id of the address when it has one.
Destination destination(const Call& call) {
  return {call.path.at("collection"), call.links, call.path.find("item"), {}};
}

std::string item_url(const Call& call, const std::string& id) {
  return call.links.items(call.path.at("collection")) + '/' + percent_encode(id);
}

/// The service's say on the other face; a reason may hold what the client sent, so it stands in reports only.
void tell_dataset(http::Response& response, const db::WrittenItem& written) {
  response.set("Hayden-Dataset", written.dataset_id.empty() ? "none" : written.dataset_id);
}

http::Response created_item(Call& call, const Services& services, const stac::ItemDocument& document,
                            const db::WrittenItem& written) {
  std::string body;
  append_item(body, document.text, document.links_at,
              ItemLinks(call.links).of(document.collection, document.id));
  auto response = ok(media::geojson, std::move(body));
  response.status = 201;
  response.set("Location", item_url(call, document.id))
      .set("ETag", document_etag(call, services, document.etag));
  tell_dataset(response, written);
  return response;
}

std::string names_of(const std::vector<db::WrittenItem>& written, Status status) {
  constexpr std::size_t most_named = 20;
  std::string names;
  std::size_t count = 0;
  for (const auto& one : written) {
    if (one.status != status || ++count > most_named) continue;
    names += (names.empty() ? "'" : ", '") + one.id + "'";
  }
  return count > most_named ? names + " and " + std::to_string(count - most_named) + " more" : names;
}

/// All or none of a request's Items were added.
void require_added(const std::vector<db::WrittenItem>& written) {
  if (const auto names = names_of(written, Status::exists); !names.empty()) {
    throw Problem(409, "Conflict", "there are Items of these ids already, or they stand twice: " + names);
  }
  for (const auto& one : written) {
    if (one.status == Status::failed) throw Problem(400, "InvalidItem", "'" + one.id + "': " + one.fault);
  }
}

db::StoredCollection stored(const std::string& id, const stac::CollectionDocument& document) {
  return {id, document.etag, document.text, {}};
}

std::string_view status_name(Status status) {
  switch (status) {
    case Status::added:
      return "added";
    case Status::exists:
      return "exists";
    case Status::updated:
      return "updated";
    case Status::failed:
      break;
  }
  return "failed";
}

Json report_line(const Call& call, std::size_t position, const db::WrittenItem& written) {
  Json line{{"position", position}, {"status", status_name(written.status)}};
  if (!written.id.empty()) line["id"] = written.id;
  if (written.status == Status::failed) {
    line["fault"] = written.fault;
    return line;
  }
  line["href"] = item_url(call, written.id);
  if (written.status == Status::exists) return line;
  line["dataset"] = written.dataset_id.empty() ? Json() : Json(written.dataset_id);
  if (!written.no_dataset.empty()) line["no_dataset"] = written.no_dataset;
  return line;
}

/// `change` makes the Item of the text that is stored.
http::Response change_item(Call& call, const Services& services,
                           const std::function<Json(const std::string& stored)>& change) {
  std::string etag;
  const auto written =
      item_writer_of(services).change(call.caller.role, call.path.at("collection"), call.path.at("item"),
                                      precondition_of(call, services), [&](const std::string& stored) {
                                        auto to = destination(call);
                                        to.stored = stored;
                                        auto item = sent_item(change(stored), to);
                                        etag = item.document.etag;
                                        return item;
                                      });
  auto response = changed(call, services, etag);
  tell_dataset(response, written);
  return response;
}

/// `change` makes the Collection of the one that is stored.
http::Response change_collection(Call& call, const Services& services,
                                 const std::function<Json(Json stored)>& change) {
  const auto& id = call.path.at("collection");
  std::string etag;
  db::change_collection(writers_of(services), call.caller.role, id, precondition_of(call, services),
                        [&](const std::string& text, const std::string& follows) {
                          const auto stored = parse_exact_json(text);
                          auto collection = change(stored);
                          restore_collection(collection, stored, call.links);
                          if (!follows.empty()) {
                            restore_declared(collection, stored, parse_json(follows));
                          }
                          auto document = sent_collection(collection, &id);
                          etag = document.etag;
                          return document;
                        });
  return changed(call, services, etag);
}

/// Replaces an Item that is there already, or adds it when it has gone meanwhile. Tries again when another
/// request was quicker.
db::WrittenItem put_in_place(const Call& call, db::ItemWriter& writer, const db::NewItem& item) {
  const auto& collection = call.path.at("collection");
  constexpr int most_tries = 5;
  for (int tries = 1;; ++tries) {
    try {
      return writer.change(
          call.caller.role, collection, item.document.id, [](const auto&) {},
          [&](const std::string&) {
            return db::SentItem{item.document, parse_json(item.document.text)};
          });
    } catch (const Problem& problem) {
      const bool is_gone = problem.status() == 404;
      if (is_gone && tries == most_tries) {
        throw Problem(409, "Conflict", "there is an archived Item of this id");
      }
      if (!is_gone && (problem.status() != 409 || tries == most_tries)) throw;
      if (!is_gone) continue;
    }
    auto written = writer.add(call.caller.role, collection, std::span{&item, 1}, false).front();
    if (written.status != Status::exists) return written;
  }
}

/// Items that are there already are replaced, each in a transaction of its own.
void replace_those_that_exist(const Call& call, db::ItemWriter& writer, const std::vector<NewEntry>& entries,
                              const std::vector<db::NewItem>& items, std::vector<db::WrittenItem>& written) {
  auto next = items.begin();
  for (std::size_t i = 0; i < written.size(); ++i) {
    if (!entries[i].item) continue;
    const auto& item = *next++;
    if (written[i].status != Status::exists) continue;
    try {
      written[i] = put_in_place(call, writer, item);
    } catch (const Problem& problem) {
      if (problem.status() >= 500 || problem.status() == 403) throw;
      written[i].status = Status::failed;
      written[i].fault = problem.what();
    }
  }
}

}  // namespace

http::Response create_items(Call& call, const Services& services) {
  auto& writer = item_writer_of(services);
  const auto& collection = call.path.at("collection");
  auto body = read_sent_body(call.request);
  const bool is_list = is_feature_collection(body);
  auto entries = new_items(std::move(body), destination(call));
  require_whole(entries, is_list);
  std::vector<db::NewItem> items;
  items.reserve(entries.size());
  for (auto& entry : entries) items.push_back(*std::move(entry.item));
  const auto written = writer.add(call.caller.role, collection, items, true);
  require_added(written);
  call.rows = static_cast<std::int64_t>(items.size());
  if (!is_list) return created_item(call, services, items.front().document, written.front());
  Json list = Json::array();
  for (std::size_t i = 0; i < written.size(); ++i) list.push_back(report_line(call, i, written[i]));
  return answer(Form::json, 201, {{"items", std::move(list)}, {"added", written.size()}});
}

http::Response bulk_items(Call& call, const Services& services) {
  Parameters parameters(call, {"method"});
  auto upsert = parameters.choice("method", {"insert", "upsert"}) == 1;
  parameters.done();
  auto& writer = item_writer_of(services);
  const auto& collection = call.path.at("collection");
  auto entries = bulk_entries(call.request, destination(call), upsert);
  if (upsert && !call.caller.may("agdc_admin")) {
    throw Problem(403, "Forbidden", "replacing Items takes the role agdc_admin");
  }
  std::vector<db::NewItem> items;
  for (auto& entry : entries) {
    if (entry.item) items.push_back(*std::move(entry.item));
  }
  const auto added = writer.add(call.caller.role, collection, items, false);
  std::vector<db::WrittenItem> written;
  auto next = added.begin();
  for (const auto& entry : entries) {
    if (entry.item) {
      written.push_back(*next++);
    } else {
      written.push_back({.id = entry.id,
                         .status = Status::failed,
                         .fault = entry.fault,
                         .dataset_id = {},
                         .no_dataset = {}});
    }
  }
  if (upsert) replace_those_that_exist(call, writer, entries, items, written);

  Json list = Json::array();
  std::size_t counts[4] = {};
  for (std::size_t i = 0; i < written.size(); ++i) {
    ++counts[static_cast<std::size_t>(written[i].status)];
    list.push_back(report_line(call, i, written[i]));
  }
  const auto count = [&](Status status) { return counts[static_cast<std::size_t>(status)]; };
  const auto failed = count(Status::failed);
  Json body;
  if (failed == written.size()) {
    body["code"] = "InvalidItem";
    body["description"] = "none of these Items can be added; each tells why";
  }
  body["items"] = std::move(list);
  for (const auto status : {Status::added, Status::exists, Status::updated, Status::failed}) {
    body[std::string{status_name(status)}] = count(status);
  }
  call.rows = static_cast<std::int64_t>(written.size());
  const int good = count(Status::added) > 0 ? 201 : 200;
  return answer(Form::json, failed == written.size() ? 400 : failed > 0 ? 207 : good, body);
}

http::Response replace_item(Call& call, const Services& services) {
  auto sent = read_sent_body(call.request);
  // RFC 9110 §13.2.1: conditions count for nothing when the request is no good.
  sent_item(sent, destination(call));
  return change_item(call, services, [&](const std::string&) { return sent; });
}

http::Response patch_item(Call& call, const Services& services) {
  const auto patch = read_merge_patch(call.request);
  return change_item(call, services, [&](const std::string& stored) {
    auto item = parse_exact_json(stored);
    item.merge_patch(patch);
    return item;
  });
}

http::Response delete_item(Call& call, const Services& services) {
  item_writer_of(services).remove(call.caller.role, call.path.at("collection"), call.path.at("item"),
                                  precondition_of(call, services));
  return done();
}

http::Response create_collection(Call& call, const Services& services) {
  auto sent = read_sent_body(call.request);
  restore_collection(sent, {}, call.links);
  const auto document = sent_collection(sent, nullptr);
  if (!db::add_collection(writers_of(services), call.caller.role, document)) {
    throw Problem(409, "Conflict", "there is a collection '" + document.id + "' already");
  }
  call.rows = 1;
  auto response = ok(media::json, services.collection_texts.text(stored(document.id, document), call.links));
  response.status = 201;
  response.set("Location", call.links.collection(document.id))
      .set("ETag", document_etag(call, services, document.etag));
  return response;
}

http::Response replace_collection(Call& call, const Services& services) {
  auto sent = read_sent_body(call.request);
  sent_collection(sent, &call.path.at("collection"));
  return change_collection(call, services, [&](const Json&) { return sent; });
}

http::Response patch_collection(Call& call, const Services& services) {
  const auto patch = read_merge_patch(call.request);
  return change_collection(call, services, [&](Json stored) {
    stored.merge_patch(patch);
    return stored;
  });
}

http::Response delete_collection(Call& call, const Services& services) {
  db::remove_collection(writers_of(services), call.caller.role, call.path.at("collection"),
                        precondition_of(call, services));
  return done();
}

}  // namespace hayden::api::handlers
