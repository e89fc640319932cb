// The C ABI from C++ and from many threads: each accepted operation completes once, also when the store is closed in
// the middle, and STORE_CLOSED is the store's last record.

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include "laneway.h"
#include "laneway_layout.h"

namespace {

constexpr int submitters = 4, consumers = 2;
// Enough for several thousand to be under way when the store is closed.
constexpr uint64_t close_after = 5000;
// Long enough for a machine that is busy otherwise, an end where a record does not come.
constexpr int64_t wait_max_ms = 60000;

void check(bool condition, const char *what) {
    if (!condition) {
        std::fprintf(stderr, "not so: %s\n", what);
        std::exit(1);
    }
}

laneway_text_t text(const char *value) { return {reinterpret_cast<const uint8_t *>(value), std::strlen(value)}; }

struct Observed {
    std::mutex mutex;
    std::set<uint64_t> tokens;
    bool store_closed = false;

    void operation(uint64_t token) {
        std::lock_guard<std::mutex> lock(mutex);
        check(tokens.insert(token).second, "each completes once");
    }
};

void submit(laneway_store_t store, uint64_t first, std::atomic<uint64_t> &accepted) {
    laneway_operation_t one = {};
    one.struct_size = sizeof one;
    one.project = text("ed-fi");
    one.endpoint = text("inserted");
    one.document = text("{}");
    for (uint64_t token = first;; token++) {
        one.token = token;
        size_t count = 0;
        laneway_result_t code = laneway_store_submit(store, &one, 1, sizeof one, &count, nullptr);
        if (code == LANEWAY_E_CLOSED) {
            return;
        }
        check(code == LANEWAY_OK || code == LANEWAY_E_QUEUE_FULL, "accepted, full or closed");
        accepted += count;
    }
}

void consume(laneway_runtime_t runtime, Observed &observed) {
    std::vector<laneway_completion_t> records(64);
    for (;;) {
        size_t taken = 0;
        laneway_result_t code = laneway_completions_wait(runtime, records.data(), records.size(), sizeof records[0],
                                                       nullptr, 0, wait_max_ms, &taken, nullptr, nullptr);
        if (code == LANEWAY_E_CLOSED) {
            return;
        }
        check(code == LANEWAY_OK && taken > 0, "records can be taken");
        for (size_t at = 0; at < taken; at++) {
            if (records[at].kind == LANEWAY_KIND_OPERATION) {
                observed.operation(records[at].token);
            } else if (records[at].kind == LANEWAY_KIND_STORE_CLOSED) {
                std::lock_guard<std::mutex> lock(observed.mutex);
                check(!observed.store_closed, "closed is reported once");
                observed.store_closed = true;
            }
        }
    }
}

} // namespace

int main() {
    laneway_runtime_options_t options = {};
    options.struct_size = sizeof options;
    check(laneway_runtime_options_default(&options, nullptr) == LANEWAY_OK, "there are defaults");
    options.outstanding_max = 256; // so that submitters are refused, too
    laneway_runtime_t runtime = 0;
    laneway_store_t store = 0;
    check(laneway_runtime_create(&options, &runtime, nullptr) == LANEWAY_OK, "a runtime starts");
    check(laneway_store_open_echo(runtime, nullptr, &store, nullptr) == LANEWAY_OK, "an echo store opens");

    Observed observed;
    std::atomic<uint64_t> accepted{0};
    std::vector<std::thread> producing, consuming;
    for (int at = 0; at < consumers; at++) {
        consuming.emplace_back([&] { consume(runtime, observed); });
    }
    for (int at = 0; at < submitters; at++) {
        producing.emplace_back([&, at] { submit(store, static_cast<uint64_t>(at) << 32, accepted); });
    }
    while (accepted < close_after) {
        std::this_thread::yield();
    }
    check(laneway_store_close(store, 1000, nullptr) == LANEWAY_OK, "the store closes");
    for (auto &thread : producing) {
        thread.join();
    }
    check(laneway_runtime_close(runtime, 1000, nullptr) == LANEWAY_OK, "the runtime closes");
    for (auto &thread : consuming) {
        thread.join();
    }
    check(observed.store_closed, "the store reported that it is closed");
    check(observed.tokens.size() == accepted, "as many completed as were accepted");
    check(laneway_runtime_destroy(runtime, nullptr) == LANEWAY_OK, "the runtime goes");
    return 0;
}
