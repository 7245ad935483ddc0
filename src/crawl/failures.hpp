#pragma once
#include <map>
#include <memory>
#include <string>

#include "crawl/listing.hpp"
#include "crawl/options.hpp"

namespace hayden::crawl {

/// `hayden-crawler failures list`: one JSON object a line. Tells the program's exit code.
int list_failures(const Options& options, db::Pool& pool);

/// `hayden-crawler failures show`: the bytes, as they are.
int show_failure(const Options& options, db::Pool& pool);

/// What `hayden-crawler failures retry` has to read, by the name of the store.
std::map<std::string, std::shared_ptr<Listing>> find_failures(const Options& options, db::Pool& pool);

}  // namespace hayden::crawl
