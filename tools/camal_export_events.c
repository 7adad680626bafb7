#include "camal_export_events.h"
#include "base_file.h"
#include "base_log.h"
#include "camal_export_tables.h"
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MESSAGE_BYTES 512 /* an event with one scalar: a tag, and some 40 bytes beside it */
#define TAG_BYTES     256
#define EVENT_FILE    "events.out.tfevents.0000000000.camal"

/* ---- records ---- */

uint32_t export_crc32c(const void *bytes, size_t size)
{
    const uint8_t *byte = bytes;
    uint32_t crc = 0xffffffff;
    int bit;

    for (; size > 0; size--) {
        crc ^= *byte++;
        for (bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78 : 0);
    }
    return ~crc;
}

static void put_little_endian(uint8_t *bytes, uint64_t value, int count)
{
    int i;

    for (i = 0; i < count; i++)
        bytes[i] = (uint8_t)(value >> 8 * i);
}

/* A checksum over data that may hold checksums itself is turned and shifted. */
static uint32_t mask_crc(uint32_t crc)
{
    return (crc >> 15 | crc << 17) + 0xa282ead8;
}

static void put_record(FILE *out, const uint8_t *data, size_t size)
{
    uint8_t head[12], tail[4];

    put_little_endian(head, size, 8);
    put_little_endian(head + 8, mask_crc(export_crc32c(head, 8)), 4);
    put_little_endian(tail, mask_crc(export_crc32c(data, size)), 4);
    fwrite(head, 1, sizeof head, out);
    fwrite(data, 1, size, out);
    fwrite(tail, 1, sizeof tail, out);
}

/* ---- messages ---- */

typedef struct message {
    uint8_t bytes[MESSAGE_BYTES];
    size_t size;
} message;

enum { WIRE_VARINT = 0, WIRE_64 = 1, WIRE_BYTES = 2, WIRE_32 = 5 };

static void put_varint(message *m, uint64_t value)
{
    for (; value >= 0x80; value >>= 7)
        m->bytes[m->size++] = (uint8_t)(value | 0x80);
    m->bytes[m->size++] = (uint8_t)value;
}

static void put_key(message *m, uint32_t field, uint32_t wire)
{
    put_varint(m, field << 3 | wire);
}

static void put_double(message *m, uint32_t field, double value)
{
    uint64_t bits;

    memcpy(&bits, &value, sizeof bits);
    put_key(m, field, WIRE_64);
    put_little_endian(m->bytes + m->size, bits, 8);
    m->size += 8;
}

static void put_float(message *m, uint32_t field, float value)
{
    uint32_t bits;

    memcpy(&bits, &value, sizeof bits);
    put_key(m, field, WIRE_32);
    put_little_endian(m->bytes + m->size, bits, 4);
    m->size += 4;
}

static void put_bytes(message *m, uint32_t field, const void *bytes, size_t size)
{
    put_key(m, field, WIRE_BYTES);
    put_varint(m, size);
    memcpy(m->bytes + m->size, bytes, size);
    m->size += size;
}

/* Event: 1 wall_time, 2 step, 3 file_version, 5 summary. Summary: 1 value. Value: 1 tag, 2 simple_value. */
static void put_scalar(export_events *events, const char *tag, int64_t step, float value)
{
    message scalar = {.size = 0}, summary = {.size = 0}, event = {.size = 0};

    if (!isfinite(value))
        return; /* not measured */
    put_bytes(&scalar, 1, tag, strlen(tag));
    put_float(&scalar, 2, value);
    put_bytes(&summary, 1, scalar.bytes, scalar.size);
    put_double(&event, 1, events->seconds);
    put_key(&event, 2, WIRE_VARINT);
    put_varint(&event, (uint64_t)step);
    put_bytes(&event, 5, summary.bytes, summary.size);
    put_record(events->out, event.bytes, event.size);
}

static void put_version(export_events *events)
{
    static const char version[] = "brain.Event:2";
    message event = {.size = 0};

    put_double(&event, 1, 0);
    put_bytes(&event, 3, version, strlen(version));
    put_record(events->out, event.bytes, event.size);
}

/* ---- rounds ---- */

base_status export_events_begin(export_events *events)
{
    memset(events, 0, sizeof *events);
    events->out = open_memstream(&events->bytes, &events->size);
    if (!events->out) {
        base_log_error("out of memory for events");
        return BASE_ERR_MEMORY;
    }
    put_version(events);
    return BASE_OK;
}

static void put_epochs(export_events *events, const store_round *round)
{
    size_t i;

    for (i = 0; i < round->epochs; i++) {
        const store_epoch *e = &round->epoch[i];
        int64_t step = events->steps + e->steps;

        put_scalar(events, "train/loss", step, e->train_loss);
        put_scalar(events, "train/accuracy", step, e->train_accuracy);
        put_scalar(events, "train/rate", step, e->rate);
        put_scalar(events, "validation/loss", step, e->validation_loss);
        put_scalar(events, "validation/accuracy", step, e->validation_accuracy);
    }
    if (round->epochs > 0)
        events->steps += round->epoch[round->epochs - 1].steps;
}

static void put_classes(export_events *events, const store_round *round, int64_t labelled)
{
    char tag[TAG_BYTES];
    size_t c;

    for (c = 0; c < round->classes; c++) {
        if (round->class_state[c].validation_accuracy < 0)
            continue;
        snprintf(tag, sizeof tag, "class_validation_accuracy_by_labels/%s", round->class_name[c]);
        put_scalar(events, tag, labelled, round->class_state[c].validation_accuracy);
    }
}

void export_events_round(export_events *events, const store_round *round)
{
    int64_t labelled = export_labelled(round);
    const store_timing *t = &round->timing;

    put_epochs(events, round);
    events->seconds += t->train + t->evaluate + t->score + t->select;
    put_scalar(events, "by_labels/validation_accuracy", labelled, (float)round->validation_accuracy);
    put_scalar(events, "by_labels/test_accuracy", labelled, (float)round->test_accuracy);
    put_scalar(events, "by_labels/kept_test_accuracy", labelled, (float)round->kept_test_accuracy);
    put_scalar(events, "by_labels/all_test_accuracy", labelled, (float)round->all_test_accuracy);
    put_scalar(events, "by_labels/validation_calibration", labelled, (float)round->validation_calibration);
    put_scalar(events, "by_labels/test_calibration", labelled, (float)round->test_calibration);
    put_classes(events, round, labelled);
}

void export_events_abandon(export_events *events)
{
    if (events->out)
        fclose(events->out);
    free(events->bytes);
    memset(events, 0, sizeof *events);
}

base_status export_events_finish(export_events *events, const char *folder)
{
    char path[PATH_MAX];
    base_status status = base_file_join(folder, EVENT_FILE, path, sizeof path);

    if (status == BASE_OK && (fflush(events->out) != 0 || ferror(events->out))) {
        base_log_error("out of memory for events of %zu bytes", events->size);
        status = BASE_ERR_MEMORY;
    }
    if (status == BASE_OK)
        status = base_file_make_folder(folder) == BASE_OK ? BASE_OK : BASE_ERR_USAGE;
    if (status == BASE_OK)
        status = base_file_write(path, events->bytes, events->size);
    export_events_abandon(events);
    return status;
}
