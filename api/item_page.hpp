#pragma once
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/call.hpp"
#include "api/form.hpp"
#include "api/links.hpp"
#include "db/catalog.hpp"
#include "stac/fields.hpp"

namespace hayden::api {

class ItemHrefs;

/// Appends an Item with the server's links (self, parent, collection, root) spliced in by offset: no JSON is
/// parsed. `text` is the decoded Item; a negative `links_at` tells that it has no links.
void append_item(std::string& out, std::string_view text, int links_at, std::string_view server_links);

/// The server's links of Items, ready to splice; what Items of one collection share is made once.
class ItemLinks {
 public:
  explicit ItemLinks(const Links& links) : links_(links) {}
  /// Valid until the next call.
  std::string_view of(const std::string& collection, const std::string& id);

 private:
  const Links links_;
  std::string collection_, items_url_, shared_;  ///< of the last collection asked for
  std::string text_;
};

/// What stands around the Items of a page, in a form.
struct PageFrame {
  Form form = Form::json;
  std::string before, after;
};

/// Writes a page piece by piece (a FeatureCollection, lines or a table for people), so that one of thousands
/// of Items takes no more memory than a small one.
class PageWriter {
 public:
  /// `fields`: what of each Item is written; nothing means all. `hrefs` may be null: hrefs go out as they are
  /// stored.
  PageWriter(db::Catalog& catalog, std::vector<db::StoredItem> items, std::optional<stac::Fields> fields,
             const Links& links, PageFrame frame, std::shared_ptr<ItemHrefs> hrefs);
  /// Appends to `out` until it holds at least `size` bytes or the document is complete; true when it is.
  bool fill(std::string& out, std::size_t size);

 private:
  void append(std::string& out, db::StoredItem& item);

  db::Catalog& catalog_;
  std::vector<db::StoredItem> items_;
  const std::optional<stac::Fields> fields_;
  ItemLinks item_links_;
  const PageFrame frame_;
  std::size_t next_ = 0;
  std::shared_ptr<ItemHrefs> hrefs_;
  std::string decoded_, selected_, document_;  ///< reused for every Item
};

/// The answer that carries a page, in the form of the call: whole when it is small, else streamed. `title` is
/// for people. `links` are the page's own, next and prev included; where the form has no place for these two,
/// they stand in the header Link (RFC 8288). `hrefs` may be null.
http::Response page_response(const Call& call, const Services& services, std::string_view title,
                             db::ItemPage page, std::optional<stac::Fields> fields, const LinkList& links,
                             std::shared_ptr<ItemHrefs> hrefs);

}  // namespace hayden::api
