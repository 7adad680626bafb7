#include "store_chunk_index.h"
#include "base_log.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Of the file format: messages of an object's header, and what a layout message says. */
#define MESSAGE_LAYOUT       8
#define MESSAGE_CONTINUATION 16
#define LAYOUT_VERSION       4
#define LAYOUT_CHUNKED       2
#define INDEX_FIXED_ARRAY    3
#define CLIENT_FILTERED      1

#define HEADER_MOST    ((uint64_t)1 << 20) /* bytes of a part of an object's header */
#define PARTS_MOST     64                  /* of it */
#define CHECKSUM       4
#define ADDRESS_BYTES  8
#define MASK_BYTES     4
#define HEAD_BYTES     (6 + ADDRESS_BYTES) /* of the array's block */
#define PAGE_BITS_MOST 24

/* What is not as expected ends the reading: HDF5 is asked then. */
typedef struct source {
    const store_h5 *h5;
    int file;
} source;

static uint64_t number(const uint8_t *bytes, size_t width)
{
    uint64_t value = 0;

    while (width-- > 0)
        value = value << 8 | bytes[width];
    return value;
}

/* False where the file ends before, or cannot be read. */
static bool read_at(const source *s, uint64_t address, uint64_t size, uint8_t *bytes)
{
    uint64_t done = 0;

    if (size > s->h5->bytes || address > s->h5->bytes - size)
        return false;
    while (done < size) {
        ssize_t n = pread(s->file, bytes + done, size - done, (off_t)(address + done));

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        done += (uint64_t)n;
    }
    return true;
}

/* ---- the dataset's header: where its index is ---- */

typedef struct header {
    const source *source;
    uint8_t *bytes; /* [HEADER_MOST] of the part at hand */
    size_t prefix;  /* of a message */
    uint64_t next[PARTS_MOST], length[PARTS_MOST];
    size_t parts, done;
    uint64_t array; /* the index's address, HADDR_UNDEF until it is found */
} header;

/* A message of type layout. */
static void look_at_layout(header *h, const uint8_t *message, size_t size)
{
    size_t index; /* where the kind of index is said, behind the chunk's dimensions */

    if (size < 5 || message[0] != LAYOUT_VERSION || message[1] != LAYOUT_CHUNKED)
        return;
    index = 5 + (size_t)message[3] * message[4];
    if (index + 2 + ADDRESS_BYTES <= size && message[index] == INDEX_FIXED_ARRAY)
        h->array = number(message + index + 2, ADDRESS_BYTES);
}

static void look_at_messages(header *h, const uint8_t *at, size_t size)
{
    while (size >= h->prefix && h->array == HADDR_UNDEF) {
        size_t length = (size_t)number(at + 1, 2);
        const uint8_t *message = at + h->prefix;

        if (length > size - h->prefix)
            return;
        if (at[0] == MESSAGE_LAYOUT)
            look_at_layout(h, message, length);
        if (at[0] == MESSAGE_CONTINUATION && length >= 16 && h->parts < PARTS_MOST) {
            h->next[h->parts] = number(message, ADDRESS_BYTES);
            h->length[h->parts++] = number(message + ADDRESS_BYTES, 8);
        }
        at = message + length;
        size -= h->prefix + length;
    }
}

/* The part that the object begins with. */
static bool look_at_first(header *h, uint64_t address)
{
    uint8_t head[34];
    size_t at = 6, width;
    uint64_t size;

    if (!read_at(h->source, address, sizeof head, head) || memcmp(head, "OHDR\2", 5) != 0)
        return false;
    at += head[5] & 0x20 ? 16 : 0; /* times */
    at += head[5] & 0x10 ? 4 : 0;  /* limits of attributes */
    width = (size_t)1 << (head[5] & 3);
    h->prefix = head[5] & 4 ? 6 : 4; /* with or without an order of creation */
    size = number(head + at, width);
    if (size > HEADER_MOST || !read_at(h->source, address + at + width, size, h->bytes))
        return false;
    look_at_messages(h, h->bytes, (size_t)size);
    return true;
}

/* Address of the dataset's fixed array, HADDR_UNDEF if it has none. */
static uint64_t find_array(const source *s, hid_t dataset, uint8_t *bytes)
{
    header h = {.source = s, .bytes = bytes, .array = HADDR_UNDEF};
    H5O_info_t info;

    if (H5Oget_info2(dataset, &info, H5O_INFO_BASIC) < 0 || !look_at_first(&h, info.addr))
        return HADDR_UNDEF;
    for (; h.done < h.parts && h.array == HADDR_UNDEF; h.done++) {
        uint64_t length = h.length[h.done];

        if (length < 4 + CHECKSUM || length > HEADER_MOST || !read_at(s, h.next[h.done], length, bytes) ||
            memcmp(bytes, "OCHK", 4) != 0)
            return HADDR_UNDEF;
        look_at_messages(&h, bytes + 4, (size_t)length - 4 - CHECKSUM);
    }
    return h.array;
}

/* ---- the array ---- */

typedef struct array {
    size_t width;      /* of an element: address, size, filter mask */
    uint64_t count;    /* elements */
    uint64_t page;     /* elements of a page; 0: all lie behind the block's head */
    uint64_t bits;     /* bytes with a bit a page, which say whether it was written */
    uint64_t block;    /* address */
    uint64_t elements; /* address of the first */
} array;

static bool look_at_array(const source *s, uint64_t address, array *a)
{
    uint8_t head[24];
    uint64_t page;

    if (!read_at(s, address, sizeof head, head) || memcmp(head, "FAHD\0\1", 6) != 0)
        return false;
    a->width = head[6];
    a->count = number(head + 8, 8);
    a->block = number(head + 16, ADDRESS_BYTES);
    if (a->width <= ADDRESS_BYTES + MASK_BYTES || a->width > ADDRESS_BYTES + MASK_BYTES + 8 ||
        head[7] > PAGE_BITS_MOST || a->count > s->h5->bytes / a->width)
        return false;
    page = (uint64_t)1 << head[7];
    a->page = a->count > page ? page : 0;
    a->bits = a->page > 0 ? ((a->count + page - 1) / page + 7) / 8 : 0;
    a->elements = a->block + HEAD_BYTES + (a->page > 0 ? a->bits + CHECKSUM : 0);
    return true;
}

/* Elements [first, first + count) into entries, all of one page. */
static bool read_elements(const source *s, const array *a, uint64_t first, uint64_t count, uint8_t *bytes,
                          store_chunk_entry *entries)
{
    uint64_t pages = a->page > 0 ? first / a->page : 0, i;

    if (!read_at(s, a->elements + first * a->width + pages * CHECKSUM, count * a->width, bytes))
        return false;
    for (i = 0; i < count; i++, bytes += a->width)
        entries[i] = (store_chunk_entry){number(bytes, ADDRESS_BYTES),
                                         number(bytes + ADDRESS_BYTES, a->width - ADDRESS_BYTES - MASK_BYTES),
                                         (uint32_t)number(bytes + a->width - MASK_BYTES, MASK_BYTES)};
    return true;
}

/* Pages that were never written have nothing in them. */
static bool read_pages(const source *s, const array *a, uint64_t chunks, const uint8_t *written,
                       uint8_t *bytes, store_chunk_entry *entries)
{
    uint64_t step = a->page > 0 ? a->page : chunks, first, i;

    for (first = 0; first < chunks; first += step) {
        uint64_t count = chunks - first < step ? chunks - first : step, page = first / step;

        if (a->page == 0 || (written[page / 8] & (0x80 >> page % 8))) {
            if (!read_elements(s, a, first, count, bytes, entries + first))
                return false;
            continue;
        }
        for (i = first; i < first + count; i++)
            entries[i] = (store_chunk_entry){.address = HADDR_UNDEF};
    }
    return true;
}

/* False: not known. */
static bool read_array(const source *s, const array *a, size_t chunks, store_chunk_entry *entries)
{
    uint64_t step = a->page > 0 ? a->page : chunks;
    uint8_t head[HEAD_BYTES], *bytes = malloc(step * a->width + 1), *written = malloc(a->bits + 1);
    bool known = bytes && written && a->count >= chunks && read_at(s, a->block, sizeof head, head) &&
                 memcmp(head, "FADB\0\1", 6) == 0 && read_at(s, a->block + sizeof head, a->bits, written) &&
                 read_pages(s, a, chunks, written, bytes, entries);

    free(written);
    free(bytes);
    return known;
}

/* HDF5's word on the last chunk, for which it loads the whole index and verifies its checksums. */
static base_status check_last(const store_h5 *h5, const char *object, hid_t dataset, size_t chunks,
                              const store_chunk_entry *entry, bool *same)
{
    hsize_t chunk[STORE_H5_RANK_MAX] = {0}, at[STORE_H5_RANK_MAX] = {0}, size = 0;
    hid_t properties = H5Dget_create_plist(dataset);
    haddr_t address = HADDR_UNDEF;
    unsigned skipped = 0;
    int rank = properties < 0 ? -1 : H5Pget_chunk(properties, STORE_H5_RANK_MAX, chunk);

    if (properties >= 0)
        H5Pclose(properties);
    at[0] = (chunks - 1) * chunk[0];
    if (rank < 0 || H5Dget_chunk_info_by_coord(dataset, at, &skipped, &address, &size) < 0)
        return store_h5_fail(h5, object, "find a chunk");
    *same = address == entry->address &&
            (address == HADDR_UNDEF || (size == entry->size && skipped == entry->skipped));
    return BASE_OK;
}

base_status store_chunk_index_read(const store_h5 *h5, const char *object, hid_t dataset, int file,
                                   size_t chunks, store_chunk_entry **entries)
{
    const source s = {h5, file};
    store_chunk_entry *made = malloc((chunks + 1) * sizeof *made);
    uint8_t *bytes = malloc(HEADER_MOST);
    base_status status = BASE_OK;
    bool known = false;
    array a;

    *entries = NULL;
    if (!made || !bytes) {
        base_log_error("%s: %s: out of memory for the places of %zu chunks", h5->path, object, chunks);
        status = BASE_ERR_MEMORY;
    } else {
        uint64_t address = find_array(&s, dataset, bytes);

        known = address != HADDR_UNDEF && look_at_array(&s, address, &a) && read_array(&s, &a, chunks, made);
    }
    if (known && chunks > 0)
        status = check_last(h5, object, dataset, chunks, &made[chunks - 1], &known);
    if (status == BASE_OK && known)
        *entries = made;
    else
        free(made);
    free(bytes);
    return status;
}
