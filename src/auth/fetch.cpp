#include "auth/fetch.hpp"

#include <curl/curl.h>

#include <memory>
#include <string_view>

namespace hayden::auth {
namespace {

constexpr long connect_milliseconds = 3'000, whole_milliseconds = 5'000;
constexpr std::size_t largest_answer = std::size_t{512} * 1024;  // bytes

struct Cleanup {
  void operator()(CURL* curl) const { curl_easy_cleanup(curl); }
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
  void operator()(char* text) const { curl_free(text); }
};

std::size_t on_body(char* bytes, std::size_t /*one*/, std::size_t size, void* user) {
  auto& body = *static_cast<std::string*>(user);
  if (body.size() + size > largest_answer) return 0;
  body.append(bytes, size);
  return size;
}

// libcurl wants its global state made once, before any thread uses it.
void initialise_curl() {
  static const bool ready = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  if (!ready) throw std::runtime_error("libcurl cannot be initialised");
}

std::string part(CURLU* url, CURLUPart what) {
  char* text = nullptr;
  if (curl_url_get(url, what, &text, 0) != CURLUE_OK) return {};
  const std::unique_ptr<char, Cleanup> owned{text};
  return owned.get();
}

}  // namespace

std::string fetch(const std::string& url) {
  initialise_curl();
  const std::unique_ptr<CURL, Cleanup> curl{curl_easy_init()};
  std::string body;
  curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_USERAGENT, "hayden-api");
  curl_easy_setopt(curl.get(), CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_CONNECTTIMEOUT_MS, connect_milliseconds);
  curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT_MS, whole_milliseconds);
  curl_easy_setopt(curl.get(), CURLOPT_ACCEPT_ENCODING, "");
  curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &body);

  const CURLcode code = curl_easy_perform(curl.get());
  if (code == CURLE_WRITE_ERROR) throw std::runtime_error(url + " answers with more than can be right");
  if (code == CURLE_PEER_FAILED_VERIFICATION) {
    throw std::runtime_error(url + " has a certificate that is not trusted here");
  }
  if (code != CURLE_OK) throw Unreachable(url + " does not answer (" + curl_easy_strerror(code) + ")");
  long status = 0;
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
  const auto answer = url + " answers with status " + std::to_string(status);
  if (status >= 500 || status == 429) throw Unreachable(answer);
  if (status != 200) throw std::runtime_error(answer);
  return body;
}

std::string mistake_of_url(const std::string& url) {
  const std::unique_ptr<CURLU, Cleanup> parsed{curl_url()};
  if (url.empty() || curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK) {
    return "must be an absolute https URL";
  }
  if (!part(parsed.get(), CURLUPART_QUERY).empty() || !part(parsed.get(), CURLUPART_FRAGMENT).empty() ||
      !part(parsed.get(), CURLUPART_USER).empty()) {
    return "must have no login, query or fragment";
  }
  const auto scheme = part(parsed.get(), CURLUPART_SCHEME);
  const auto host = part(parsed.get(), CURLUPART_HOST);
  const bool is_here = host == "localhost" || host == "127.0.0.1" || host == "[::1]";
  if (scheme != "https" && !(scheme == "http" && is_here)) {
    return "must be https; http is for localhost only";
  }
  return {};
}

}  // namespace hayden::auth
