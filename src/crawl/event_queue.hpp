#pragma once
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "client/http_client.hpp"
#include "crawl/crawl_cursors.hpp"
#include "crawl/listing.hpp"
#include "sign/credentials.hpp"

namespace hayden::crawl {

using client::HttpAnswer;
using client::HttpClient;

/// What one message of a queue says.
struct ObjectEvent {
  std::string bucket;
  Object object;
};
/// Whether the arrival of a key is the one by which its scene is taken. The files of a scene arrive in any
/// order, each with an event of its own: of Collection 2, which always has it, the MTL as JSON counts, of
/// what came before the text, of ESPA and ARD products their XML.
bool announces_scene(std::string_view key);

/// The objects that an S3 event notification says were created; bare, or as SNS passes it on. None of a
/// message about anything else. Throws ObjectError when the message cannot be understood.
std::vector<ObjectEvent> parse_event_message(const std::string& body);

struct EventQueueOptions {
  std::string url;     ///< of the queue: `https://sqs.us-west-2.amazonaws.com/123456789012/name`
  std::string region;  ///< empty: that of the URL's host
  std::string bucket;  ///< whose events are read
  std::shared_ptr<sign::CredentialsProvider> credentials;
};

/// The objects that the messages of an SQS queue name, until the queue is empty. A message is deleted once
/// all that came of it is committed; one that cannot be understood or is about another bucket stays, for the
/// queue's own dead letters.
class EventQueue final : public Listing {
 public:
  /// Throws SourceError when the URL is none of a queue, or when there are no credentials.
  explicit EventQueue(EventQueueOptions options);

  void list(const Take& take, const std::stop_token& stop) override;
  std::vector<db::Sql> progress() override;
  std::optional<db::KeySpan> finish() override;

 private:
  struct Message {
    std::string body, receipt;
  };
  std::vector<Message> receive();
  Page page_of(const Message& message) const;
  HttpAnswer ask(const Pairs& parameters);
  void delete_committed();

  EventQueueOptions options_;
  std::string scheme_, host_, path_;
  HttpClient client_;
  CrawlCursors cursors_;
  std::mutex mutex_;
  std::map<std::int64_t, std::string> receipts_;  // by the number of the message
  std::int64_t last_number_ = 0;
  std::vector<std::string> committed_;  // once the batch in hand is written
};

}  // namespace hayden::crawl
