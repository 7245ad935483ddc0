#include "api/item_page.hpp"

#include <memory>

#include "api/etag.hpp"
#include "api/html/pages.hpp"
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

std::string_view page_type(Form form) { return form == Form::json ? media::geojson : media_type_of(form); }

PageFrame frame_of(const Call& call, std::string_view title, const db::ItemPage& page,
                   const LinkList& links) {
  const auto returned = static_cast<std::int64_t>(page.items.size());
  PageFrame frame{call.form, {}, {}};
  if (call.form == Form::html) {
    frame.before = html::items_begin(call, title);
    frame.after = html::items_end(call, Json::parse('[' + links.text() + ']'), returned, page.matched);
  } else if (call.form == Form::json) {
    frame.before = R"({"type":"FeatureCollection","features":[)";
    auto& after = frame.after;
    after.append(R"(],"links":[)").append(links.text()).append("]");
    if (page.matched) after.append(R"(,"numberMatched":)").append(std::to_string(*page.matched));
    if (page.matched && page.matched_is_estimate) after += R"(,"numberMatchedEstimated":true)";
    after.append(R"(,"numberReturned":)").append(std::to_string(returned)).append("}");
  }
  return frame;
}

/// A page that is turned by POST says what its body needs, as parameters of the link.
void set_paging(http::Response& response, const LinkList& links) {
  std::string list;
  for (const auto& link : Json::parse('[' + links.text() + ']')) {
    const auto& rel = link["rel"].get_ref<const std::string&>();
    if (rel != "next" && rel != "prev") continue;
    list.append(list.empty() ? "<" : ", <").append(link["href"].get_ref<const std::string&>());
    list.append(R"(>; rel=")").append(rel).append("\"");
    if (!link.contains("body")) continue;
    list.append(R"(; method="POST"; token=")").append(link["body"]["token"].get<std::string>()).append("\"");
  }
  if (!list.empty()) response.set("Link", std::move(list));
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

PageWriter::PageWriter(db::Catalog& catalog, std::vector<db::StoredItem> items,
                       std::optional<stac::Fields> fields, const Links& links, PageFrame frame,
                       std::shared_ptr<ItemHrefs> hrefs)
    : catalog_(catalog),
      items_(std::move(items)),
      fields_(std::move(fields)),
      item_links_(links),
      frame_(std::move(frame)),
      hrefs_(std::move(hrefs)) {}

bool PageWriter::fill(std::string& out, std::size_t size) {
  if (next_ == 0) out += frame_.before;
  while (next_ < items_.size()) {
    if (out.size() >= size) return false;
    auto& item = items_[next_];
    if (next_++ > 0 && frame_.form == Form::json) out += ',';
    if (frame_.form == Form::html) {
      document_.clear();
      append(document_, item);
      html::append_item_row(out, document_);
    } else {
      append(out, item);
      if (frame_.form == Form::ndjson) out += '\n';
    }
    item.content = {};  // a slow reader of a long page keeps only what is still to come
  }
  out += frame_.after;
  return true;
}

void PageWriter::append(std::string& out, db::StoredItem& item) {
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
}

http::Response page_response(const Call& call, const Services& services, std::string_view title,
                             db::ItemPage page, std::optional<stac::Fields> fields, const LinkList& links,
                             std::shared_ptr<ItemHrefs> hrefs) {
  auto response = ok(page_type(call.form), {});
  if (call.form == Form::html) html::protect(response);
  if (call.form == Form::ndjson) set_paging(response, links);
  if (hrefs && hrefs->signs()) {
    response.set("Cache-Control", "private, no-store");
  } else {
    const auto etag = etag_of(page, call.links, links.text(), hrefs.get());
    if (auto unchanged = not_modified(call, etag)) return *std::move(unchanged);
    response.set("ETag", form_etag(call, etag));
  }
  auto frame = frame_of(call, title, page, links);
  const auto writer = std::make_shared<PageWriter>(services.catalog, std::move(page.items), std::move(fields),
                                                   call.links, std::move(frame), std::move(hrefs));
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
