/* What a C program does first: one operation through an echo store, and an orderly end. */

#include <stdio.h>
#include <string.h>

#include <laneway.h>

static laneway_text_t text(const char *value) {
    laneway_text_t result = {(const uint8_t *)value, strlen(value)};
    return result;
}

static int failed(const char *what, const laneway_error_t *error) {
    fprintf(stderr, "%s: %s\n", what, (const char *)error->message);
    return 1;
}

int main(void) {
    laneway_error_t error = {.struct_size = sizeof error};
    laneway_runtime_t runtime = 0;
    laneway_store_t store = 0;
    laneway_completion_t record = {.kind = 0};
    laneway_operation_t one = {.struct_size = sizeof one, .token = 7};
    size_t accepted = 0, taken = 0;

    if (laneway_abi_version() >> 16 != LANEWAY_ABI_VERSION >> 16) {
        return failed("header and library are of different versions", &error);
    }
    one.project = text("ed-fi");
    one.endpoint = text("students");
    one.document = text("{}");
    if (laneway_runtime_create(NULL, &runtime, &error) != LANEWAY_OK ||
        laneway_store_open_echo(runtime, NULL, &store, &error) != LANEWAY_OK ||
        laneway_store_submit(store, &one, 1, sizeof one, &accepted, &error) != LANEWAY_OK ||
        laneway_completions_wait(runtime, &record, 1, sizeof record, NULL, 0, -1, &taken, NULL, &error) != LANEWAY_OK) {
        return failed("the operation was not taken", &error);
    }
    if (taken != 1 || record.token != 7 || record.outcome != LANEWAY_OUTCOME_INSERTED) {
        return failed("another outcome", &error);
    }
    if (laneway_runtime_abandon(runtime, &error) != LANEWAY_OK) {
        return failed("the runtime did not end", &error);
    }
    printf("inserted by %s\n", laneway_build_info());
    return 0;
}
