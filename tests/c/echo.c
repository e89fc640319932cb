/* The C ABI from C, against an echo store: every call, every kind of record, every kind of refusal. */

#ifndef _WIN32
#include <poll.h>
#endif
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "laneway.h"
#include "laneway_layout.h"

/* The longest wait: long enough for a machine that is busy otherwise, an end where a record does not come. */
#define WAIT_MAX_MS 60000

#define CHECK(condition)                                                                                               \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            fprintf(stderr, "%s:%d: %s (last error: %s)\n", __FILE__, __LINE__, #condition, (const char *)err.message);\
            exit(1);                                                                                                   \
        }                                                                                                              \
    } while (0)

static laneway_error_t err;
static laneway_completion_t records[16];
static char details[1024];

static laneway_text_t text(const char *value) {
    laneway_text_t result;
    result.ptr = (const uint8_t *)value;
    result.len = strlen(value);
    return result;
}

static laneway_operation_t operation(uint64_t token, const char *endpoint) {
    laneway_operation_t result;
    memset(&result, 0, sizeof result);
    result.struct_size = sizeof result;
    result.token = token;
    result.project = text("ed-fi");
    result.endpoint = text(endpoint);
    result.document = text("{\"schoolId\":1}");
    result.trace_id = text("trace");
    return result;
}

static laneway_result_t submit(laneway_store_t store, laneway_operation_t one) {
    size_t accepted = 9;
    laneway_result_t code = laneway_store_submit(store, &one, 1, sizeof one, &accepted, &err);
    CHECK(accepted == (code == LANEWAY_OK ? 1u : 0u));
    return code;
}

/* Takes exactly one record. */
static laneway_completion_t take(laneway_runtime_t runtime) {
    size_t taken = 0;
    CHECK(laneway_completions_wait(runtime, records, 1, sizeof records[0], (uint8_t *)details, sizeof details, WAIT_MAX_MS,
                                   &taken, NULL, &err) == LANEWAY_OK);
    CHECK(taken == 1);
    return records[0];
}

static void expect(laneway_runtime_t runtime, uint64_t token, laneway_outcome_t outcome) {
    laneway_completion_t record = take(runtime);
    CHECK(record.kind == LANEWAY_KIND_OPERATION);
    CHECK(record.token == token);
    CHECK(record.outcome == (uint32_t)outcome);
}

static void nothing_waits(laneway_runtime_t runtime) {
    size_t taken = 9;
    CHECK(laneway_completions_wait(runtime, records, 1, sizeof records[0], NULL, 0, 0, &taken, NULL, &err) ==
          LANEWAY_OK);
    CHECK(taken == 0);
}

static void outcomes(laneway_runtime_t runtime, laneway_store_t store) {
    laneway_operation_t one = operation(7, "inserted");
    memset(one.document_uuid, 0xab, sizeof one.document_uuid);
    CHECK(submit(store, one) == LANEWAY_OK);
    expect(runtime, 7, LANEWAY_OUTCOME_INSERTED);
    CHECK(memcmp(records[0].document_uuid, one.document_uuid, sizeof one.document_uuid) == 0);
    CHECK(records[0].store == store && records[0].operation_id > 0 && records[0].detail_len == 0);

    CHECK(submit(store, operation(8, "updated")) == LANEWAY_OK);
    expect(runtime, 8, LANEWAY_OUTCOME_UPDATED);
    CHECK(records[0].document_uuid[6] >> 4 == 7); /* one was made: version 7 */

    CHECK(submit(store, operation(9, "failed")) == LANEWAY_OK);
    expect(runtime, 9, LANEWAY_OUTCOME_FAILED);
    CHECK(strcmp((const char *)records[0].sqlstate, "XX000") == 0);
    CHECK(strstr(details, "{\"message\":") == details + records[0].detail_offset);

    CHECK(submit(store, operation(10, "write_conflict")) == LANEWAY_OK);
    expect(runtime, 10, LANEWAY_OUTCOME_WRITE_CONFLICT);
    CHECK(records[0].retriable == 1);
}

/* Details that do not fit stay, and what they need is returned. */
static void details_that_do_not_fit(laneway_runtime_t runtime, laneway_store_t store) {
    laneway_operation_t three[3];
    size_t accepted, taken, needed = 0, at;
    for (at = 0; at < 3; at++) {
        three[at] = operation(20 + at, at == 1 ? "invalid_references" : "inserted");
    }
    CHECK(laneway_store_submit(store, three, 3, sizeof three[0], &accepted, &err) == LANEWAY_OK && accepted == 3);
    CHECK(laneway_completions_wait(runtime, records, 16, sizeof records[0], (uint8_t *)details, 3, WAIT_MAX_MS, &taken,
                                   &needed, &err) == LANEWAY_OK);
    CHECK(taken == 1 && records[0].token == 20);
    CHECK(laneway_completions_wait(runtime, records, 16, sizeof records[0], (uint8_t *)details, 3, WAIT_MAX_MS, &taken,
                                   &needed, &err) == LANEWAY_E_BUFFER_TOO_SMALL);
    CHECK(taken == 0 && needed > 3);
    CHECK(laneway_completions_wait(runtime, records, 16, sizeof records[0], (uint8_t *)details, needed, WAIT_MAX_MS,
                                   &taken, &needed, &err) == LANEWAY_OK);
    CHECK(taken == 2 && records[0].token == 21 && records[1].token == 22);
    CHECK(strncmp(details, "{\"resources\":[\"School\",\"Student\"]}", records[0].detail_len) == 0);
}

static void cancel_deadline_checkpoint(laneway_runtime_t runtime, laneway_store_t store) {
    laneway_operation_t late = operation(31, "inserted");
    laneway_stats_t stats;
    uint64_t outcomes[32] = {0};
    late.timeout_us = 1000;
    CHECK(laneway_store_hold_echo(store, 1, &err) == LANEWAY_OK);
    CHECK(submit(store, operation(30, "inserted")) == LANEWAY_OK);
    CHECK(submit(store, late) == LANEWAY_OK);
    expect(runtime, 31, LANEWAY_OUTCOME_DEADLINE);
    CHECK(submit(store, operation(32, "inserted")) == LANEWAY_OK);
    memset(&stats, 0, sizeof stats);
    stats.struct_size = sizeof stats;
    stats.outcomes = outcomes;
    stats.outcomes_capacity = 32;
    CHECK(laneway_store_get_stats(store, &stats, &err) == LANEWAY_OK);
    CHECK(stats.pending == 2 && outcomes[LANEWAY_OUTCOME_DEADLINE - 1] == 1);
    CHECK(stats.outcomes_len == LANEWAY_OUTCOME_CANCELLED && stats.flush_reasons == NULL);
    CHECK(laneway_store_cancel(store, 30, &err) == LANEWAY_OK);
    expect(runtime, 30, LANEWAY_OUTCOME_CANCELLED);
    CHECK(laneway_store_cancel(store, 30, &err) == LANEWAY_OK); /* too late, and no second completion */
    CHECK(laneway_store_checkpoint(store, 33, &err) == LANEWAY_OK);
    nothing_waits(runtime);
    CHECK(laneway_store_hold_echo(store, 0, &err) == LANEWAY_OK);
    expect(runtime, 32, LANEWAY_OUTCOME_INSERTED);
    CHECK(take(runtime).kind == LANEWAY_KIND_CHECKPOINT && records[0].token == 33);
}

static void full_and_room(laneway_runtime_t runtime, laneway_store_t store) {
    laneway_limits_t limits;
    laneway_operation_t large = operation(44, "inserted");
    memset(&limits, 0, sizeof limits);
    limits.struct_size = sizeof limits;
    CHECK(laneway_limits_default(&limits, &err) == LANEWAY_OK);
    limits.store_items_max = 2;
    limits.document_bytes_max = 20;
    CHECK(laneway_store_set_limits(store, &limits, &err) == LANEWAY_OK);
    CHECK(laneway_store_hold_echo(store, 1, &err) == LANEWAY_OK);
    CHECK(submit(store, operation(41, "inserted")) == LANEWAY_OK);
    CHECK(submit(store, operation(42, "inserted")) == LANEWAY_OK);
    CHECK(submit(store, operation(43, "inserted")) == LANEWAY_E_QUEUE_FULL);
    CHECK(err.code == LANEWAY_E_QUEUE_FULL && err.retriable == 1 && err.retry_after_ms > 0);
    nothing_waits(runtime);
    CHECK(laneway_store_cancel(store, 41, &err) == LANEWAY_OK);
    expect(runtime, 41, LANEWAY_OUTCOME_CANCELLED);
    CHECK(take(runtime).kind == LANEWAY_KIND_ROOM && records[0].store == store);
    CHECK(submit(store, operation(43, "inserted")) == LANEWAY_OK);
    large.document = text("{\"schoolId\":1234567890}");
    CHECK(submit(store, large) == LANEWAY_OK);
    expect(runtime, 44, LANEWAY_OUTCOME_TOO_LARGE);
    CHECK(laneway_store_hold_echo(store, 0, &err) == LANEWAY_OK);
    expect(runtime, 42, LANEWAY_OUTCOME_INSERTED);
    expect(runtime, 43, LANEWAY_OUTCOME_INSERTED);
}

static void misuse(laneway_runtime_t runtime, laneway_store_t store) {
    laneway_operation_t one = operation(50, "inserted");
    /* As a newer caller's, whose struct has eight bytes more. */
    struct {
        laneway_operation_t known;
        uint64_t unknown;
    } newer;
    size_t accepted = 9;
    /* As an older caller's, whose struct had no extraction; and one that never was. */
    one.struct_size = offsetof(laneway_operation_t, extraction);
    memset(&one.extraction, 0xff, sizeof one.extraction);
    CHECK(submit(store, one) == LANEWAY_OK);
    expect(runtime, 50, LANEWAY_OUTCOME_INSERTED);
    one.struct_size -= 1;
    CHECK(submit(store, one) == LANEWAY_E_ABI);
    memset(&newer, 0, sizeof newer);
    newer.known = operation(51, "inserted");
    newer.known.struct_size = sizeof newer;
    CHECK(laneway_store_submit(store, &newer.known, 1, sizeof newer, &accepted, &err) == LANEWAY_OK && accepted == 1);
    expect(runtime, 51, LANEWAY_OUTCOME_INSERTED);
    newer.unknown = 1;
    CHECK(laneway_store_submit(store, &newer.known, 1, sizeof newer, &accepted, &err) == LANEWAY_E_ABI && accepted == 0);

    one = operation(52, "\xff");
    CHECK(submit(store, one) == LANEWAY_E_ARGUMENT && strstr((const char *)err.message, "endpoint") != NULL);
    one = operation(53, "inserted");
    one.document.ptr = NULL;
    CHECK(submit(store, one) == LANEWAY_E_ARGUMENT && strstr((const char *)err.message, "document") != NULL);
    CHECK(submit(0, operation(54, "inserted")) == LANEWAY_E_HANDLE);
    CHECK(submit(runtime, operation(54, "inserted")) == LANEWAY_E_HANDLE);
    CHECK(laneway_store_submit(store, NULL, 1, sizeof one, &accepted, NULL) == LANEWAY_E_ARGUMENT);
    CHECK(laneway_store_submit(store, NULL, 0, sizeof one, &accepted, &err) == LANEWAY_OK);
    CHECK(laneway_store_destroy(store, &err) == LANEWAY_E_BUSY);
    CHECK(laneway_runtime_destroy(runtime, &err) == LANEWAY_E_BUSY);
    nothing_waits(runtime);
}

/* A panic inside becomes a code, and what it had taken is given back: the close below ends. */
static void panic_inside(laneway_runtime_t runtime, laneway_store_t store) {
    CHECK(submit(store, operation(60, "panic")) == LANEWAY_E_PANIC);
    CHECK(strstr((const char *)err.message, "panic") != NULL);
    CHECK(submit(store, operation(61, "inserted")) == LANEWAY_OK);
    expect(runtime, 61, LANEWAY_OUTCOME_INSERTED);
}

#ifdef _WIN32
/* There is none; callers wait in a thread. */
static void descriptor(laneway_runtime_t runtime, laneway_store_t store) {
    int32_t none = 0;
    CHECK(laneway_completions_get_descriptor(runtime, &none, &err) == LANEWAY_E_UNSUPPORTED && none == -1);
    CHECK(strstr((const char *)err.message, "laneway_completions_wait") != NULL);
    CHECK(submit(store, operation(70, "inserted")) == LANEWAY_OK);
    expect(runtime, 70, LANEWAY_OUTCOME_INSERTED);
    nothing_waits(runtime);
}
#else
static void descriptor(laneway_runtime_t runtime, laneway_store_t store) {
    struct pollfd ready;
    CHECK(laneway_completions_get_descriptor(runtime, &ready.fd, &err) == LANEWAY_OK);
    ready.events = POLLIN;
    CHECK(poll(&ready, 1, 0) == 0);
    CHECK(submit(store, operation(70, "inserted")) == LANEWAY_OK);
    CHECK(poll(&ready, 1, WAIT_MAX_MS) == 1);
    expect(runtime, 70, LANEWAY_OUTCOME_INSERTED);
    nothing_waits(runtime);
    CHECK(poll(&ready, 1, 0) == 0);
}
#endif

static void close_and_destroy(laneway_runtime_t runtime, laneway_store_t store) {
    size_t taken;
    laneway_store_t other = 0;
    CHECK(laneway_store_hold_echo(store, 1, &err) == LANEWAY_OK);
    CHECK(submit(store, operation(80, "inserted")) == LANEWAY_OK);
    CHECK(laneway_store_close(store, 60000, &err) == LANEWAY_OK);
    CHECK(submit(store, operation(81, "inserted")) == LANEWAY_E_CLOSED);
    nothing_waits(runtime);
    CHECK(laneway_store_close(store, 0, &err) == LANEWAY_OK);
    expect(runtime, 80, LANEWAY_OUTCOME_CLOSED);
    CHECK(take(runtime).kind == LANEWAY_KIND_STORE_CLOSED && records[0].store == store);
    CHECK(laneway_store_destroy(store, &err) == LANEWAY_OK);
    CHECK(laneway_store_destroy(store, &err) == LANEWAY_OK);
    CHECK(submit(store, operation(82, "inserted")) == LANEWAY_E_CLOSED);

    CHECK(laneway_store_open_echo(runtime, NULL, &other, &err) == LANEWAY_OK && other != store);
    CHECK(laneway_runtime_close(runtime, 1000, &err) == LANEWAY_OK);
    CHECK(laneway_store_open_echo(runtime, NULL, &store, &err) == LANEWAY_E_CLOSED && store == 0);
    CHECK(take(runtime).kind == LANEWAY_KIND_STORE_CLOSED && records[0].store == other);
    CHECK(take(runtime).kind == LANEWAY_KIND_RUNTIME_CLOSED);
    CHECK(laneway_completions_wait(runtime, records, 1, sizeof records[0], NULL, 0, WAIT_MAX_MS, &taken, NULL, &err) ==
          LANEWAY_E_CLOSED);
    CHECK(laneway_runtime_destroy(runtime, &err) == LANEWAY_OK);
    CHECK(laneway_runtime_destroy(runtime, &err) == LANEWAY_OK);
    CHECK(laneway_runtime_close(runtime, 0, &err) == LANEWAY_E_CLOSED);
}

int main(void) {
    laneway_runtime_t runtime = 0, abandoned = 0;
    laneway_store_t store = 0;
    err.struct_size = sizeof err;
    CHECK(laneway_abi_version() >> 16 == LANEWAY_ABI_VERSION >> 16);
    CHECK(laneway_layout_hash() == LANEWAY_LAYOUT_HASH);
    CHECK(strstr(laneway_build_info(), "laneway ") == laneway_build_info());

    CHECK(laneway_runtime_create(NULL, &runtime, &err) == LANEWAY_OK);
    CHECK(laneway_store_open_echo(runtime, NULL, &store, &err) == LANEWAY_OK);
    outcomes(runtime, store);
    details_that_do_not_fit(runtime, store);
    cancel_deadline_checkpoint(runtime, store);
    misuse(runtime, store);
    panic_inside(runtime, store);
    descriptor(runtime, store);
    full_and_room(runtime, store);
    close_and_destroy(runtime, store);

    CHECK(laneway_runtime_create(NULL, &abandoned, &err) == LANEWAY_OK);
    CHECK(laneway_store_open_echo(abandoned, NULL, &store, &err) == LANEWAY_OK);
    CHECK(laneway_store_hold_echo(store, 1, &err) == LANEWAY_OK);
    CHECK(submit(store, operation(90, "inserted")) == LANEWAY_OK);
    CHECK(laneway_runtime_abandon(abandoned, &err) == LANEWAY_OK);
    CHECK(laneway_runtime_abandon(abandoned, &err) == LANEWAY_OK);
    CHECK(submit(store, operation(91, "inserted")) == LANEWAY_E_CLOSED);
    return 0;
}
