#include "bare_store.hpp"

#include <curl/curl.h>

#include <atomic>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string_view>
#include <thread>

#include "core/percent.hpp"

namespace hayden::bench {
namespace {

struct Upload {
  std::string_view rest;
};

std::size_t give(char* room, std::size_t /*one*/, std::size_t size, void* user) {
  auto& rest = static_cast<Upload*>(user)->rest;
  const auto piece = rest.substr(0, size);
  piece.copy(room, piece.size());
  rest.remove_prefix(piece.size());
  return piece.size();
}

std::size_t on_body(char* bytes, std::size_t /*one*/, std::size_t size, void* user) {
  static_cast<std::string*>(user)->append(bytes, size);
  return size;
}

class Client {
 public:
  Client() : curl_(curl_easy_init(), curl_easy_cleanup) {
    curl_easy_setopt(curl_.get(), CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(curl_.get(), CURLOPT_WRITEDATA, &body_);
    curl_easy_setopt(curl_.get(), CURLOPT_NOSIGNAL, 1L);
  }

  const std::string& get(const std::string& url) { return perform(url); }
  void put(const std::string& url, std::string_view content) {
    Upload upload{content};
    curl_easy_setopt(curl_.get(), CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(curl_.get(), CURLOPT_HTTPHEADER, readable_.get());
    curl_easy_setopt(curl_.get(), CURLOPT_READFUNCTION, give);
    curl_easy_setopt(curl_.get(), CURLOPT_READDATA, &upload);
    curl_easy_setopt(curl_.get(), CURLOPT_INFILESIZE, static_cast<long>(content.size()));
    perform(url);
  }

 private:
  const std::string& perform(const std::string& url) {
    body_.clear();
    curl_easy_setopt(curl_.get(), CURLOPT_URL, url.c_str());
    long status = 0;
    const auto code = curl_easy_perform(curl_.get());
    curl_easy_getinfo(curl_.get(), CURLINFO_RESPONSE_CODE, &status);
    if (code != CURLE_OK || status != 200)
      throw std::runtime_error(url + " answers " + std::to_string(status) + ": " + curl_easy_strerror(code));
    return body_;
  }

  std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl_;
  std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> readable_{
      curl_slist_append(nullptr, "x-amz-acl: public-read"), curl_slist_free_all};
  std::string body_;
};

void each_in_threads(std::size_t threads, std::size_t count,
                     const std::function<void(Client&, std::size_t)>& work) {
  std::atomic<std::size_t> next = 0;
  std::mutex mutex;
  std::exception_ptr reason;
  {
    std::vector<std::jthread> all;
    for (std::size_t i = 0; i < threads; ++i) {
      all.emplace_back([&] {
        try {
          Client client;
          for (auto at = next++; at < count; at = next++) work(client, at);
        } catch (...) {
          const std::lock_guard lock(mutex);
          reason = std::current_exception();
          next = count;
        }
      });
    }
  }
  if (reason) std::rethrow_exception(reason);
}

std::uint64_t occurrences(std::string_view text, std::string_view word) {
  std::uint64_t count = 0;
  for (auto at = text.find(word); at != std::string_view::npos; at = text.find(word, at + word.size()))
    ++count;
  return count;
}

std::string between(std::string_view text, std::string_view open, std::string_view close) {
  const auto at = text.find(open);
  if (at == std::string_view::npos) return {};
  text.remove_prefix(at + open.size());
  return std::string{text.substr(0, text.find(close))};
}

}  // namespace

void put(const BareStore& store, const std::vector<BareObject>& objects) {
  each_in_threads(store.threads, objects.size(), [&](Client& client, std::size_t at) {
    client.put(store.url + "/" + percent_encode(objects[at].key, "/"), objects[at].content);
  });
}

BareCount count_keys(const BareStore& store, const std::vector<std::string>& prefixes) {
  std::atomic<std::uint64_t> keys = 0, requests = 0;
  each_in_threads(store.threads, prefixes.size(), [&](Client& client, std::size_t at) {
    const auto first =
        store.url + "?list-type=2&encoding-type=url&prefix=" + percent_encode(prefixes[at], "");
    auto url = first;
    while (!url.empty()) {
      const auto& body = client.get(url);
      keys += occurrences(body, "<Key>");
      ++requests;
      const auto token = between(body, "<NextContinuationToken>", "<");
      url = token.empty() ? "" : first + "&continuation-token=" + percent_encode(token, "");
    }
  });
  return {keys, requests};
}

}  // namespace hayden::bench
