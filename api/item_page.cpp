#include "api/item_page.hpp"

#include <memory>

#include "api/etag.hpp"
#include "api/signing/item_hrefs.hpp"

namespace hayden::api {
namespace {

/// Ten Items, the usual page, fit into one write; small enough that one per worker does not matter.
constexpr std::size_t piece_size = std::size_t{256} * 1024;

std::string etag_of(const db::ItemPage& page, const Links& links, const std::string& page_links,
                    const ItemHrefs* hrefs) {
  ETag etag;
  if (hrefs != nullptr) etag.add(hrefs->fingerprint());
  etag.add(links.base()).add(page_links).add(std::to_string(page.matched.value_or(-1)));
  for (const auto& item : page.items) etag.add(item.collection).add(item.id).add(item.etag);
  return etag.text();
}

}  // namespace

void append_item(std::string& out, std::string_view text, int links_at, std::string_view server_links) {
  if (links_at < 0) {
    out.append(text);
    return;
  }
  const auto at = static_cast<std::size_t>(links_at);
  out.append(text.substr(0, at)).append(server_links);
  if (at < text.size() && text[at] != ']') out += ',';
  out.append(text.substr(at));
}

std::string_view ItemLinks::of(const std::string& collection, const std::string& id) {
  if (collection != collection_ || items_url_.empty()) {
    collection_ = collection;
    items_url_ = links_.items(collection) + '/';
    LinkList shared;
    shared.add("parent", media::json, links_.collection(collection));
    shared.add("collection", media::json, links_.collection(collection));
    shared.add("root", media::json, links_.root());
    shared_ = ',' + shared.text();
  }
  text_.assign(R"({"rel":"self","type":"application/geo+json","href":")").append(items_url_);
  return text_.append(percent_encode(id)).append("\"}").append(shared_);
}

PageWriter::PageWriter(db::Catalog& catalog, db::ItemPage page, std::optional<stac::Fields> fields,
                       const Links& links, std::string page_links, std::shared_ptr<ItemHrefs> hrefs)
    : catalog_(catalog),
      page_(std::move(page)),
      fields_(std::move(fields)),
      item_links_(links),
      page_links_(std::move(page_links)),
      hrefs_(std::move(hrefs)) {}

bool PageWriter::fill(std::string& out, std::size_t size) {
  if (next_ == 0) out += R"({"type":"FeatureCollection","features":[)";
  while (next_ < page_.items.size()) {
    if (out.size() >= size) return false;
    auto& item = page_.items[next_];
    if (next_++ > 0) out += ',';
    catalog_.decode(item, decoded_);
    if (fields_) {
      selected_.clear();
      item.links_at = fields_->select(decoded_, item.links_at, selected_);
    }
    const auto& text = fields_ ? selected_ : decoded_;
    const auto links = item_links_.of(item.collection, item.id);
    if (hrefs_) {
      hrefs_->append(out, text, item.links_at, links, item.collection, item.id);
    } else {
      append_item(out, text, item.links_at, links);
    }
    item.content = {};  // a slow reader of a long page keeps only what is still to come
  }
  finish(out);
  return true;
}

void PageWriter::finish(std::string& out) const {
  out.append(R"(],"links":[)").append(page_links_).append("]");
  if (page_.matched) out.append(R"(,"numberMatched":)").append(std::to_string(*page_.matched));
  if (page_.matched && page_.matched_is_estimate) out += R"(,"numberMatchedEstimated":true)";
  out.append(R"(,"numberReturned":)").append(std::to_string(page_.items.size())).append("}");
}

http::Response page_response(const Call& call, const Services& services, db::ItemPage page,
                             std::optional<stac::Fields> fields, const LinkList& links,
                             std::shared_ptr<ItemHrefs> hrefs) {
  auto response = ok(media::geojson, {});
  if (hrefs && hrefs->signs()) {
    response.set("Cache-Control", "private, no-store");
  } else {
    const auto etag = etag_of(page, call.links, links.text(), hrefs.get());
    if (auto unchanged = not_modified(call, etag)) return *std::move(unchanged);
    response.set("ETag", etag);
  }
  const auto writer = std::make_shared<PageWriter>(services.catalog, std::move(page), std::move(fields),
                                                   call.links, links.text(), std::move(hrefs));
  std::string first;
  first.reserve(piece_size + piece_size / 4);
  if (writer->fill(first, piece_size)) {
    response.body = std::move(first);
    return response;
  }
  response.stream = [writer, piece = std::move(first)](const http::Sink& sink) mutable {
    sink(piece);
    for (bool complete = false; !complete;) {
      piece.clear();
      complete = writer->fill(piece, piece_size);
      sink(piece);
    }
  };
  return response;
}

}  // namespace hayden::api
