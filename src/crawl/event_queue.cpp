#include "crawl/event_queue.hpp"

#include <spdlog/spdlog.h>

#include "core/json.hpp"
#include "core/percent.hpp"
#include "core/xml.hpp"
#include "crawl/product_name.hpp"
#include "sign/sigv4.hpp"

namespace hayden::crawl {
namespace {

constexpr auto longest_wait = "10";   // seconds for a first message
constexpr auto longest_work = "600";  // seconds until a message that was not deleted comes again
constexpr std::size_t largest_answer = std::size_t{8} * 1024 * 1024;
constexpr int attempts = 3;

std::vector<ObjectEvent> events_of(const Json& message) {
  std::vector<ObjectEvent> events;
  const auto records = message.find("Records");
  if (records == message.end()) return events;
  for (const auto& record : *records) {
    const auto name = record.at("eventName").get<std::string>();
    if (!name.starts_with("ObjectCreated:") && !name.starts_with("s3:ObjectCreated:")) continue;
    const auto& s3 = record.at("s3");
    const auto& object = s3.at("object");
    auto key = percent_decode(object.at("key").get<std::string>(), true);
    if (!key) throw ObjectError("has a key that is not UTF-8");
    events.push_back(
        {s3.at("bucket").at("name").get<std::string>(),
         {std::move(*key), object.value("eTag", ""), object.value("size", std::uint64_t{0}), {}}});
  }
  return events;
}

// `<ErrorResponse><Error><Code>`, whatever stands around.
std::string error_code(const pugi::xml_node& root) {
  for (const auto& child : root) {
    if (xml_local_name(child) == "Error") return xml_text_in(child, "Code");
  }
  return {};
}

}  // namespace

bool announces_scene(std::string_view key) {
  if (!mtl_stem(key)) return false;
  const auto name = parse_product_name(key.substr(key.rfind('/') + 1));
  const bool has_json = name && name->collection == "02";
  if (key.ends_with("_MTL.json")) return has_json;
  if (key.ends_with("_MTL.txt")) return !has_json;
  return !key.ends_with("_MTL.xml");
}

std::vector<ObjectEvent> parse_event_message(const std::string& body) {
  try {
    auto message = parse_json(body);
    if (message.is_object() && message.contains("Message") && message.contains("TopicArn"))
      message = parse_json(message.at("Message").get<std::string>());
    if (!message.is_object()) throw ObjectError("is no event of S3");
    return events_of(message);
  } catch (const Problem&) {
    throw ObjectError("is no JSON");
  } catch (const Json::exception&) {
    throw ObjectError("is no event of S3");
  }
}

EventQueue::EventQueue(EventQueueOptions options) : options_(std::move(options)) {
  std::string_view rest{options_.url};
  const auto separator = rest.find("://");
  scheme_ = rest.substr(0, separator == std::string_view::npos ? 0 : separator);
  if (scheme_ == "http" || scheme_ == "https") rest.remove_prefix(separator + 3);
  const auto slash = rest.find('/');
  host_ = rest.substr(0, slash);
  path_ = slash == std::string_view::npos ? "" : rest.substr(slash);
  if ((scheme_ != "http" && scheme_ != "https") || host_.empty() || path_.size() < 2 ||
      options_.url.find_first_of("?#@ ") != std::string::npos) {
    throw SourceError("'" + options_.url +
                      "' is not of the form https://sqs.region.amazonaws.com/account/queue.");
  }
  if (!options_.credentials)
    throw SourceError("The queue " + options_.url + " cannot be read without credentials.");
  if (options_.region.empty() && host_.starts_with("sqs."))
    options_.region = host_.substr(4, host_.find('.', 4) - 4);
  if (options_.region.empty()) options_.region = "us-east-1";
}

HttpAnswer EventQueue::ask(const Pairs& parameters) {
  for (int attempt = 1;; ++attempt) {
    const auto now = std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
    sign::Request request;
    request.host = host_;
    request.path = path_;
    request.query = parameters;
    request.query.emplace_back("Version", "2012-11-05");
    sign::Credentials credentials;
    try {
      credentials = options_.credentials->current(now);
    } catch (const sign::CredentialsError& error) {
      throw SourceError(error.what());
    }
    const auto headers =
        sign::Signer(credentials, options_.region, {.service = "sqs"}).sign_headers(request, now);
    const auto url =
        scheme_ + "://" + host_ + sign::canonical_path(path_) + "?" + sign::canonical_query(request.query);
    auto answer = client_.get(url, headers, largest_answer);
    if (answer.status == 200 || attempt == attempts || (answer.status != 0 && answer.status < 500))
      return answer;
  }
}

std::vector<EventQueue::Message> EventQueue::receive() {
  const auto answer = ask({{"Action", "ReceiveMessage"},
                           {"MaxNumberOfMessages", "10"},
                           {"WaitTimeSeconds", longest_wait},
                           {"VisibilityTimeout", longest_work}});
  const XmlDocument document(answer.body);
  if (answer.status == 200 && !document.fault()) {
    std::vector<Message> messages;
    for (const auto& result : document.root()) {
      for (const auto& message : result) {
        if (xml_local_name(message) == "Message")
          messages.push_back({xml_text_in(message, "Body"), xml_text_in(message, "ReceiptHandle")});
      }
    }
    return messages;
  }
  const auto code = error_code(document.root());
  const auto why =
      answer.status == 0 ? answer.failure : "status " + std::to_string(answer.status) + " " + code;
  throw SourceError("The queue " + options_.url + " cannot be read: " + why + ".");
}

Page EventQueue::page_of(const Message& message) const {
  Page page;
  try {
    for (auto& event : parse_event_message(message.body)) {
      if (event.bucket != options_.bucket) throw ObjectError("is about the bucket '" + event.bucket + "'");
      if (announces_scene(event.object.key)) page.objects.push_back(std::move(event.object));
    }
  } catch (const ObjectError& error) {
    page.objects.clear();
    page.unreadable.push_back("A message of " + options_.url + " " + error.what() + ".");
  }
  return page;
}

void EventQueue::list(const Take& take, const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    const auto messages = receive();
    if (messages.empty()) return;
    for (const auto& message : messages) {
      MtlFilter filter;
      auto page = page_of(message);
      page.last = true;
      std::shared_ptr<PageTicket> ticket;
      if (page.unreadable.empty()) {
        const std::lock_guard lock(mutex_);
        receipts_[++last_number_] = message.receipt;
        ticket = cursors_.open(last_number_);
        page.ticket = ticket;
      }
      if (!take(std::move(page), filter)) return;
      if (ticket) ticket->release();
    }
  }
}

// Each batch is committed before the next one is begun.
std::vector<db::Sql> EventQueue::progress() {
  delete_committed();
  const auto done = cursors_.take_moves();
  const std::lock_guard lock(mutex_);
  for (const auto& message : done) {
    committed_.push_back(std::move(receipts_.at(message.range)));
    receipts_.erase(message.range);
  }
  return {};
}

std::optional<db::KeySpan> EventQueue::finish() {
  delete_committed();
  return {};
}

// A message that is not deleted comes again and finds its scenes known.
void EventQueue::delete_committed() {
  for (const auto& receipt : std::exchange(committed_, {})) {
    const auto answer = ask({{"Action", "DeleteMessage"}, {"ReceiptHandle", receipt}});
    if (answer.status != 200) spdlog::warn("A message of {} could not be deleted.", options_.url);
  }
}

}  // namespace hayden::crawl
