#include "ingest_assemble.h"
#include "base_log.h"
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TAG 21

/* What goes before the bytes of a chunk, or of a rank's part of one. */
typedef struct heading {
    int32_t status; /* not BASE_OK: the sender has failed and no bytes follow */
    uint32_t image_filters, mask_filters, twins_filters;
    uint64_t image_size, mask_size, twins_size;
} heading;

typedef struct assembler {
    const comm_world *world;
    const ingest_taken *taken;
    const ingest_plan *plan;
    size_t *row_bounds; /* [ranks + 1]: rank r has rows row_bounds[r]..row_bounds[r+1] */
    size_t chunk;       /* samples of a chunk */
    int32_t size;
    size_t image_bytes, mask_bytes;  /* of a sample */
    uint8_t *images, *masks, *twins; /* one chunk */
    store_dataset_writer *writer;
    ingest_sums sums;
    base_status status; /* this rank's first failure; exchanges go on so that nobody waits for ever */
} assembler;

static void fail(assembler *a, base_status status)
{
    if (a->status == BASE_OK)
        a->status = status;
}

/* ---- rows ---- */

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Rows of rank r in chunk c: the first and how many. */
static base_shard part_of(const assembler *a, size_t c, size_t r)
{
    size_t first = larger(c * a->chunk, a->row_bounds[r]);
    size_t end = smaller((c + 1) * a->chunk, a->row_bounds[r + 1]);

    return (base_shard){first, end > first ? end - first : 0};
}

static size_t rows_of_chunk(const assembler *a, size_t c)
{
    return smaller(a->chunk, a->plan->samples - c * a->chunk);
}

/* The first row whose annotation is not before `annotation`. */
static size_t find_row(const ingest_plan *plan, size_t annotation)
{
    size_t low = 0, high = plan->samples;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (plan->rows[middle] < annotation)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void add_pixels(ingest_sums *sums, const uint8_t *rgb, size_t pixels)
{
    size_t i, c;

    sums->pixels += pixels;
    for (i = 0; i < pixels; i++, rgb += 3)
        for (c = 0; c < 3; c++) {
            sums->sum[c] += rgb[c];
            sums->squares[c] += (uint64_t)rgb[c] * rgb[c];
        }
}

/* Read this rank's rows of a chunk to where they stand in it. */
static void load_rows(assembler *a, size_t c, base_shard part)
{
    size_t row;

    for (row = part.first; row < part.first + part.count && a->status == BASE_OK; row++) {
        size_t place = row - c * a->chunk;
        uint8_t *image = a->images + place * a->image_bytes;
        size_t kept = a->taken->kept[a->plan->rows[row] - a->taken->share.first];

        fail(a, ingest_scratch_read(&a->taken->scratch, kept, image, a->masks + place * a->mask_bytes,
                                    a->twins + place * a->mask_bytes));
        if (a->plan->split[row] == STORE_SPLIT_TRAIN)
            add_pixels(&a->sums, image, a->image_bytes / 3);
    }
}

static void clear_chunk(assembler *a)
{
    memset(a->images, 0, a->chunk * a->image_bytes);
    memset(a->masks, 0, a->chunk * a->mask_bytes);
    memset(a->twins, 0, a->chunk * a->mask_bytes);
}

static void pack(assembler *a, store_packed *packed)
{
    if (a->status == BASE_OK)
        fail(a, store_pack(a->images, a->masks, a->size, packed));
    if (a->status == BASE_OK)
        fail(a, store_pack_twins(a->twins, a->size, packed));
}

/* ---- exchange ---- */

static void send_bytes(const assembler *a, const void *bytes, size_t size)
{
    MPI_Send(bytes, (int)size, MPI_BYTE, 0, TAG, a->world->comm);
}

static void receive_bytes(const assembler *a, size_t from, void *bytes, size_t size)
{
    MPI_Recv(bytes, (int)size, MPI_BYTE, (int)from, TAG, a->world->comm, MPI_STATUS_IGNORE);
}

static void send_block(const assembler *a, const heading *head, const void *image, const void *mask,
                       const void *twins)
{
    send_bytes(a, head, sizeof *head);
    if (head->status != BASE_OK)
        return;
    send_bytes(a, image, head->image_size);
    send_bytes(a, mask, head->mask_size);
    send_bytes(a, twins, head->twins_size);
}

/* A chunk that is this rank's alone goes packed. */
static void send_packed(assembler *a)
{
    store_packed packed = {0};
    heading head = {0};

    pack(a, &packed);
    head.status = (int32_t)a->status;
    head.image_filters = packed.image_filters;
    head.mask_filters = packed.mask_filters;
    head.twins_filters = packed.twins_filters;
    head.image_size = packed.image_size;
    head.mask_size = packed.mask_size;
    head.twins_size = packed.twins_size;
    send_block(a, &head, packed.image, packed.mask, packed.twins);
    store_packed_clear(&packed);
}

static void send_part(assembler *a, size_t c, base_shard part)
{
    size_t place = part.first - c * a->chunk;
    heading head = {.status = (int32_t)a->status,
                    .image_size = part.count * a->image_bytes,
                    .mask_size = part.count * a->mask_bytes,
                    .twins_size = part.count * a->mask_bytes};

    send_block(a, &head, a->images + place * a->image_bytes, a->masks + place * a->mask_bytes,
               a->twins + place * a->mask_bytes);
}

/* Ranks other than 0. */
static void send_rows(assembler *a)
{
    size_t c, rank = (size_t)a->world->rank, end = a->row_bounds[rank + 1];

    if (a->row_bounds[rank] == end)
        return;
    for (c = a->row_bounds[rank] / a->chunk; c * a->chunk < end; c++) {
        base_shard part = part_of(a, c, rank);

        clear_chunk(a);
        load_rows(a, c, part);
        if (part.count == rows_of_chunk(a, c))
            send_packed(a);
        else
            send_part(a, c, part);
    }
}

static void receive_packed(assembler *a, size_t from, store_packed *packed)
{
    heading head;

    receive_bytes(a, from, &head, sizeof head);
    if (head.status != BASE_OK) {
        fail(a, (base_status)head.status);
        return;
    }
    packed->image_filters = head.image_filters;
    packed->mask_filters = head.mask_filters;
    packed->twins_filters = head.twins_filters;
    packed->image_size = head.image_size;
    packed->mask_size = head.mask_size;
    packed->twins_size = head.twins_size;
    packed->image = malloc(head.image_size + 1);
    packed->mask = malloc(head.mask_size + 1);
    packed->twins = malloc(head.twins_size + 1);
    if (!packed->image || !packed->mask || !packed->twins) {
        base_log_error("no memory for a chunk of %llu bytes", (unsigned long long)head.image_size);
        MPI_Abort(a->world->comm, base_status_exit_code(BASE_ERR_MEMORY)); /* the sender is past asking */
    }
    receive_bytes(a, from, packed->image, packed->image_size);
    receive_bytes(a, from, packed->mask, packed->mask_size);
    receive_bytes(a, from, packed->twins, packed->twins_size);
}

static void receive_part(assembler *a, size_t from, size_t c, base_shard part)
{
    size_t place = part.first - c * a->chunk;
    heading head;

    receive_bytes(a, from, &head, sizeof head);
    if (head.status != BASE_OK) {
        fail(a, (base_status)head.status);
        return;
    }
    receive_bytes(a, from, a->images + place * a->image_bytes, part.count * a->image_bytes);
    receive_bytes(a, from, a->masks + place * a->mask_bytes, part.count * a->mask_bytes);
    receive_bytes(a, from, a->twins + place * a->mask_bytes, part.count * a->mask_bytes);
}

/* Put a chunk of several ranks, or of rank 0, together. */
static void gather_chunk(assembler *a, size_t c, store_packed *packed)
{
    size_t r, ranks = (size_t)a->world->size;

    clear_chunk(a);
    for (r = 0; r < ranks; r++) {
        base_shard part = part_of(a, c, r);

        if (part.count > 0 && r == 0)
            load_rows(a, c, part);
        else if (part.count > 0)
            receive_part(a, r, c, part);
    }
    pack(a, packed);
}

/* Rank 0. */
static void append_rows(assembler *a)
{
    size_t c, owner = 0;

    for (c = 0; c * a->chunk < a->plan->samples; c++) {
        store_packed packed = {0};

        while (a->row_bounds[owner + 1] <= c * a->chunk)
            owner++;
        if (owner > 0 && part_of(a, c, owner).count == rows_of_chunk(a, c))
            receive_packed(a, owner, &packed);
        else
            gather_chunk(a, c, &packed);
        if (a->status == BASE_OK)
            fail(a, store_dataset_append(a->writer, &packed));
        store_packed_clear(&packed);
    }
}

/* ---- the whole ---- */

static base_status prepare(assembler *a, const size_t *bounds)
{
    int r;

    a->image_bytes = (size_t)a->size * (size_t)a->size * 3;
    a->mask_bytes = (size_t)a->size * store_mask_row_bytes(a->size);
    a->chunk = store_chunk_samples(a->size);
    a->row_bounds = malloc(((size_t)a->world->size + 1) * sizeof *a->row_bounds);
    a->images = malloc(a->chunk * a->image_bytes);
    a->masks = malloc(a->chunk * a->mask_bytes);
    a->twins = malloc(a->chunk * a->mask_bytes);
    if (!a->row_bounds || !a->images || !a->masks || !a->twins) {
        base_log_error("no memory for a chunk of %zu samples", a->chunk);
        return BASE_ERR_MEMORY;
    }
    for (r = 0; r <= a->world->size; r++)
        a->row_bounds[r] = find_row(a->plan, bounds[r]);
    return BASE_OK;
}

static base_status total_sums(assembler *a, ingest_sums *sums)
{
    ingest_sums *all = NULL;
    size_t count = 0, i, c;
    base_status status = comm_gather(a->world, &a->sums, 1, sizeof a->sums, (void **)&all, &count);

    if (status != BASE_OK || a->world->rank != 0)
        return status;
    memset(sums, 0, sizeof *sums);
    for (i = 0; i < count; i++) {
        sums->pixels += all[i].pixels;
        for (c = 0; c < 3; c++) {
            sums->sum[c] += all[i].sum[c];
            sums->squares[c] += all[i].squares[c];
        }
    }
    free(all);
    return BASE_OK;
}

base_status ingest_assemble(const comm_world *world, const size_t *bounds, const ingest_taken *taken,
                            const ingest_plan *plan, int32_t size, store_dataset_writer *writer,
                            ingest_sums *sums)
{
    assembler a = {.world = world, .taken = taken, .plan = plan, .size = size, .writer = writer};
    base_status status = comm_agree(world, prepare(&a, bounds));

    if (status == BASE_OK) {
        if (world->rank == 0)
            append_rows(&a);
        else
            send_rows(&a);
        status = comm_agree(world, a.status);
    }
    if (status == BASE_OK)
        status = total_sums(&a, sums);
    free(a.row_bounds);
    free(a.images);
    free(a.masks);
    free(a.twins);
    return status;
}

void ingest_sums_moments(const ingest_sums *sums, float mean[3], float std[3])
{
    double pixels = (double)sums->pixels;
    size_t c;

    for (c = 0; c < 3; c++) {
        /* pixels^2 times the variance, exact: the difference of two close numbers of 64 bits would not be */
        unsigned __int128 spread = (unsigned __int128)sums->pixels * sums->squares[c] -
                                   (unsigned __int128)sums->sum[c] * sums->sum[c];

        mean[c] = (float)((double)sums->sum[c] / pixels / 255);
        std[c] = spread > 0 ? (float)(sqrt((double)spread) / pixels / 255) : 1.0f;
    }
}
